#include "eval/omnidocbench/latex/latex_to_text.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "eval/normalize/unicode.h"

namespace dsocr::omnidocbench {
namespace {

using Json = nlohmann::json;

std::string converted(const std::string& latex, Pylatexenc version) {
  return metrics::encode_utf8(latex_to_text(metrics::decode_utf8(latex), version));
}

std::string old_text(const std::string& latex) { return converted(latex, Pylatexenc::k210); }
std::string new_text(const std::string& latex) { return converted(latex, Pylatexenc::k30a30); }

std::string repeated(const std::string& piece, size_t times) {
  std::string text;
  text.reserve(piece.size() * times);
  for (size_t i = 0; i < times; ++i) text += piece;
  return text;
}

// Rows of [LaTeX, text], or [LaTeX, {"error": why}] where the library fails.
void check_vectors(const std::string& name, Pylatexenc version, size_t minimum) {
  const std::filesystem::path path =
      std::filesystem::path(DSOCR_SHARED_DIR) / "golden/omnidocbench" / name;
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no golden vectors at " << path;
  std::ifstream file(path);
  const Json rows = Json::parse(file);
  ASSERT_GE(rows.size(), minimum);
  size_t matched = 0;
  for (const Json& row : rows) {
    const std::string latex = row.at(0);
    Json text;
    try {
      text = converted(latex, version);
    } catch (const LatexError& error) {
      text = {{"error", error.what()}};
    }
    const bool both_failed = text.is_object() && row.at(1).is_object();
    EXPECT_TRUE(both_failed || text == row.at(1))
        << "LaTeX " << row.at(0) << " gives " << text << ", not " << row.at(1);
    matched += both_failed || text == row.at(1);
  }
  EXPECT_EQ(matched, rows.size());
}

TEST(LatexToText, GoldenOldVersion) {
  check_vectors("pylatexenc/pylatexenc-2.10-golden.json", Pylatexenc::k210, 4000);
}

TEST(LatexToText, GoldenNewVersion) {
  check_vectors("pylatexenc/pylatexenc-3.0a30-golden.json", Pylatexenc::k30a30, 4000);
}

TEST(LatexToText, GoldenEvaluatorV15) {
  check_vectors("units/v15/latex_to_text.json", Pylatexenc::k30a30, 100);
}

TEST(LatexToText, GoldenEvaluatorV17) {
  check_vectors("units/v17/latex_to_text.json", Pylatexenc::k210, 100);
}

TEST(LatexToText, BothVersionsAgreeOnSaneText) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"", ""},
      {"plain text, no markup", "plain text, no markup"},
      {"\\frac{p}{q+1}", "p/q+1"},
      {"\\frac\\pi2", "π/2"},
      {"\\sqrt[n]{\\alpha}", "√(α)"},
      {"\\gamma x", "γx"},
      {"$\\gamma x$", "γ x"},
      {"\\mathbb{QX}\\mathcal{HD}\\mathfrak{Cc}\\mathit{gh}", "ℚ𝕏ℋ𝒟ℭ𝔠𝑔ℎ"},
      {"\\'e\\~{n}\\c c\\hat\\i", "éñçî"},
      {"\\dot{ab}", "ȧḃ"},
      {"{u{v}w}", "uvw"},
      {"u%comment\n  v", "u\n  v"},
      {"\\[ x \\]", "\n    x\n"},
      {"\\begin{pmatrix}1&22\\\\333&4\\end{pmatrix}", "[   1  22; 333   4 ]"},
      {"\\begin{gather}x\\\\y\\end{gather}", "\n    x\n    y\n"},
      {"\\verb|{$%|x", "x"},
      {"\\begin{verbatim}{$\\x\\end{verbatim}y", "y"},
      {"\\item[k] v", "\n  k v"},
      {"\\section*{Stra\u00DFe}", "\n\n§ STRASSE\n"},
      {"a---b--c-d", "a—b–c-d"},
      {"p\n\nq", "p\n\nq"},
      {"\\textbf {x}\\unknown {y}", "xy"},
  };
  for (const auto& [latex, text] : rows) {
    EXPECT_EQ(old_text(latex), text) << latex;
    EXPECT_EQ(new_text(latex), text) << latex;
  }
}

TEST(LatexToText, MismatchedDelimiters) {
  EXPECT_EQ(old_text("x{y"), "xy");
  EXPECT_EQ(new_text("x{y"), "x");
  EXPECT_EQ(old_text("x } y"), "x  y");
  EXPECT_EQ(new_text("x } y"), "");
  EXPECT_EQ(old_text("x \\end{z} y"), "x  y");
  EXPECT_EQ(new_text("x \\end{z} y"), "");
  EXPECT_EQ(old_text("\\begin{z}x"), "x");
  EXPECT_EQ(new_text("\\begin{z}x"), "");
  EXPECT_EQ(old_text("\\)x"), "x");
}

TEST(LatexToText, MissingArguments) {
  EXPECT_EQ(old_text("\\frac{1}"), "%s/%s1");
  EXPECT_EQ(new_text("\\frac{1}"), "1/");
  EXPECT_THROW(old_text("\\sqrt"), LatexError);
  EXPECT_EQ(new_text("\\sqrt"), "√()");
  EXPECT_THROW(old_text("\\href{a}{b}"), LatexError);
  EXPECT_THROW(new_text("\\href{a}{b}"), LatexError);
}

TEST(LatexToText, FailsWhereTheLibraryFails) {
  EXPECT_THROW(new_text("x\\"), LatexError);  // it loops for ever
  EXPECT_EQ(old_text("x\\"), "x");
  EXPECT_THROW(old_text("\\begin{pmatrix}\\end{pmatrix}"), LatexError);
  EXPECT_THROW(new_text("\\verb"), LatexError);
}

TEST(LatexToText, HostileTextTakesBoundedTime) {
  const std::vector<std::string> texts = {
      repeated("{", 100'000),
      repeated("}", 100'000),
      repeated("\\frac", 100'000),
      repeated("\\frac{", 100'000),
      repeated("\\frac{", 150),
      repeated("\\frac{", 20) + "x",
      repeated("\\sqrt[", 100'000),
      repeated("\\begin{a}", 50'000),
      repeated("\\end{a}", 50'000),
      repeated("\\begin", 50'000),
      repeated("\\begin{verbatim}", 50'000),
      repeated("\\begin{pmatrix}", 50'000),
      repeated("$", 1'000'000),
      repeated("\\(", 100'000),
      repeated("$x$", 300'000),
      repeated("\\\\", 500'000),
      repeated("\\verbx", 100'000) + "\\verby",
      repeated("\\hat{", 150) + "x" + repeated("}", 150),
      repeated("\\hat", 100'000),
      repeated("%", 1'000'000),
      repeated("%\n", 500'000),
      repeated(" ", 1'000'000) + "\\x",
      repeated("\\\\ ", 300'000),
      repeated("\n", 1'000'000),
      repeated("-", 1'000'000),
      "\\begin{pmatrix}" + repeated("&x", 100'000) + repeated("y", 100'000) + "\\end{pmatrix}",
      repeated("\\begin{align}x\\\\", 150) + repeated("\\end{align}", 150),
  };
  for (const std::string& text : texts) {
    for (const Pylatexenc version : {Pylatexenc::k210, Pylatexenc::k30a30}) {
      const auto start = std::chrono::steady_clock::now();
      try {
        (void)converted(text, version);
      } catch (const LatexError&) {  // as good as a text here
      }
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
      EXPECT_LT(took.count(), 20.0) << text.substr(0, 40) << "... of " << text.size();
    }
  }
}

TEST(LatexToText, DeepNestingIsAnError) {
  for (const Pylatexenc version : {Pylatexenc::k210, Pylatexenc::k30a30}) {
    EXPECT_THROW(converted(repeated("{", 500) + repeated("}", 500), version), LatexError);
    EXPECT_EQ(converted(repeated("{", 90) + "x" + repeated("}", 90), version), "x");
  }
}

}  // namespace
}  // namespace dsocr::omnidocbench
