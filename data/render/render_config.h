#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "configs/view.h"
#include "data/render/degrade_config.h"

namespace dsocr::data {

enum class TextFormat { kPlain, kMarkdown };
std::span<const std::pair<std::string_view, TextFormat>> enum_names(TextFormat);

/// What is done to a text so that a reader cannot guess it (spec: fox, section 5).
enum class Distortion { kNone, kSwap, kShuffle, kSubstitute };
std::span<const std::pair<std::string_view, Distortion>> enum_names(Distortion);

enum class Generator { kNone, kRandom, kSalad };
std::span<const std::pair<std::string_view, Generator>> enum_names(Generator);

enum class Alignment { kStart, kCentre, kEnd, kJustify };
std::span<const std::pair<std::string_view, Alignment>> enum_names(Alignment);

enum class Writing { kHorizontal, kVertical };
std::span<const std::pair<std::string_view, Writing>> enum_names(Writing);

/// Where the words come from.
struct TextConfig {
  TextFormat format = TextFormat::kPlain;
  bool join_lines = true;
  Generator generate = Generator::kNone;
  Distortion distortion = Distortion::kNone;
  double share = 0.05;
  std::string list = {};

  template <class V>
  void fields(V& v) {
    v("format", format, "how files are read; *.md is Markdown in any case");
    v("join_lines", join_lines, "plain text: only an empty line ends a paragraph");
    v("generate", generate, "words in place of a source: random letters, or drawn from `list`");
    v("distortion", distortion, "swap two letters, shuffle all letters, or substitute by `list`");
    v("share", share, "words that are distorted", {.min = 0, .max = 1});
    v("list", list,
      "salad: lines of word and count; substitute: JSON object of word and list of words");
  }
};

struct FontConfig {
  std::vector<std::string> family = {"Noto Sans"};
  Range px = {16};
  bool in_view = false;
  Range title_scale = {1.5};

  template <class V>
  void fields(V& v) {
    v("family", family, "installed font; glyphs it lacks come from others", {.min_items = 1});
    v("px", px, "size in pixels at 96 dpi",
      {.max = 1000, .above = 0, .min_items = 1, .max_items = 2});
    v("in_view", in_view, "px is the size in the view of `mode`, after its resize");
    v("title_scale", title_scale, "first title to text, the others between",
      {.min = 1, .max = 10, .min_items = 1, .max_items = 2});
  }
};

/// Lengths are pixels at 96 dpi.
struct PageConfig {
  Range width = {794}, height = {1123};
  Range margin = {48};
  Range fill = {1};
  Range dpi = {96};
  std::vector<std::int64_t> columns = {1};
  Range column_gap = {24};
  Range line_height = {1.4}, line_gap = {0};
  Range paragraph_gap = {0.7};
  std::vector<Alignment> align = {Alignment::kStart};
  std::vector<Writing> writing = {Writing::kHorizontal};
  std::vector<std::string> ink = {"#000000"}, paper = {"#ffffff"};

  template <class V>
  void fields(V& v) {
    v("width", width, "of the page", {.min = 16, .max = 20000, .min_items = 1, .max_items = 2});
    v("height", height, "of the page, 0: as high as its text",
      {.min = 0, .max = 20000, .min_items = 1, .max_items = 2});
    v("margin", margin, "on all sides", {.min = 0, .max = 10000, .min_items = 1, .max_items = 2});
    v("fill", fill, "share of the room between the margins that is full, one line at least",
      {.max = 1, .above = 0, .min_items = 1, .max_items = 2});
    v("dpi", dpi, "pixels of the picture to 96 of the layout",
      {.min = 8, .max = 1200, .min_items = 1, .max_items = 2});
    v("columns", columns, "columns of text", {.min = 1, .max = 50, .min_items = 1});
    v("column_gap", column_gap, "between columns",
      {.min = 0, .max = 10000, .min_items = 1, .max_items = 2});
    v("line_height", line_height, "times the font's size, 0: each line as high as its ink",
      {.min = 0, .max = 20, .min_items = 1, .max_items = 2});
    v("line_gap", line_gap, "added to each line",
      {.min = 0, .max = 1000, .min_items = 1, .max_items = 2});
    v("paragraph_gap", paragraph_gap, "times the font's size, between blocks",
      {.min = 0, .max = 50, .min_items = 1, .max_items = 2});
    v("align", align, "of lines", {.min_items = 1});
    v("writing", writing, "vertical: columns of text from right to left", {.min_items = 1});
    v("ink", ink, "colour of the text, #rrggbb", {.min_items = 1});
    v("paper", paper, "colour of the page, #rrggbb", {.min_items = 1});
  }
};

/// Pages of text, drawn. Every value varies on its own: changing one leaves the draws of all others
/// as they were.
struct RenderConfig {
  TextConfig text = {};
  FontConfig font = {};
  PageConfig page = {};
  DegradeConfig degrade = {};
  configs::VisionMode mode = configs::VisionMode::kBase;
  std::vector<std::int64_t> tokens = {0};
  std::string language = {};
  bool glyphs = false;
  bool line_breaks = false;
  std::uint64_t pages = 0;
  std::uint64_t seed = 0;

  template <class V>
  void fields(V& v) {
    v("text", text, "where the words come from");
    v("font", font, "type");
    v("page", page, "page");
    v("degrade", degrade, "what happens to the picture");
    v("mode", mode, "vision mode that the pages are meant for");
    v("tokens", tokens, "of the text of a page, 0: until it is full", {.min = 0, .min_items = 1});
    v("language", language, "BCP 47, chooses among forms of glyphs");
    v("glyphs", glyphs, "a block for every glyph, beside those of the layout");
    v("line_breaks", line_breaks, "the text of a page breaks its lines where the page does");
    v("pages", pages, "at most, 0: the whole source");
    v("seed", seed, "of everything that is drawn");
  }
};

}  // namespace dsocr::data
