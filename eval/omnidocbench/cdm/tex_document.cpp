#include "eval/omnidocbench/cdm/tex_document.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace dsocr::omnidocbench::cdm {
namespace {

constexpr std::string_view kBegin = "DSOCR-BEGIN ", kEnd = "DSOCR-END ";

// Colours must not begin a group that changes the spacing of what they hold. The markers around a
// formula give the depth of groups and the pages so far.
constexpr std::string_view kMacros = R"(\makeatletter
\renewcommand*{\@textcolor}[3]{\protect\leavevmode\begingroup\color#1{#2}#3\endgroup}
\def\DsocrBegin#1{\global\pdfpageheight\paperheight
\typeout{DSOCR-BEGIN #1 \the\currentgrouplevel\space\the\ReadonlyShipoutCounter}}
\def\DsocrEnd#1{\par\DsocrHeight\clearpage
\typeout{DSOCR-END #1 \the\currentgrouplevel\space\the\ReadonlyShipoutCounter}}
\let\DsocrHeight\relax
\makeatother
)";

// 9bp are 25 pixels: glyphs keep their place on the pixel grid, which hangs on the page's height.
constexpr std::string_view kShortPages = R"(\makeatletter
\def\DsocrHeight{\ifdim\pagetotal>0pt
\dimen@\dimexpr\paperheight-1in-\voffset-\topmargin-\headheight-\headsep
-\pagetotal-\pagedepth-36pt\relax
\ifdim\dimen@>0pt\count@\dimen@\divide\count@ by\dimexpr9bp\relax
\global\pdfpageheight\dimexpr\paperheight-9bp*\count@\relax\fi\fi}
\makeatother
)";

/// The three numbers after a marker.
struct Marker {
  size_t formula = 0, level = 0, pages = 0;
};

std::optional<Marker> read_marker(std::string_view line, std::string_view name) {
  if (!line.starts_with(name)) return std::nullopt;
  line.remove_prefix(name.size());
  Marker marker;
  for (size_t* number : {&marker.formula, &marker.level, &marker.pages}) {
    const auto [rest, error] = std::from_chars(line.data(), line.data() + line.size(), *number);
    if (error != std::errc()) return std::nullopt;
    line.remove_prefix(static_cast<size_t>(rest - line.data()));
    if (line.starts_with(' ')) line.remove_prefix(1);
  }
  return marker;
}

/// How much too wide a display is by this line of the log; other boxes change with the paper.
double excess_of_display(std::string_view line) {
  constexpr std::string_view kStart = "Overfull \\hbox (";
  double excess = 0;
  if (line.starts_with(kStart) && line.find("too wide) detected at line") != line.npos)
    std::from_chars(line.data() + kStart.size(), line.data() + line.size(), excess);
  return excess;
}

/// The width of text on an A paper in landscape in points.
double text_width(int paper) {
  constexpr double kMillimetres[] = {1189, 841, 594, 420, 297, 210};
  constexpr double kScale = 0.98, kPointsPerInch = 72.27, kMillimetresPerInch = 25.4;
  return kMillimetres[std::clamp(paper, 0, 5)] * kScale * kPointsPerInch / kMillimetresPerInch;
}

}  // namespace

std::string tex_document(std::span<const std::string_view> formulas, const PageStyle& style,
                         Version version, std::string_view chinese_font, bool short_pages) {
  std::string out =
      "\\documentclass[12pt]{article}\n\\usepackage[landscape]{geometry}\n\\geometry{a" +
      std::to_string(style.paper) + "paper,scale=0.98}\n\\pagestyle{empty}\n";
  const bool chinese = version == Version::k17 && style.chinese;
  if (version == Version::k17) {
    if (chinese) out += "\\usepackage{CJK}\n";
    out += "\\usepackage{booktabs}\n";
  } else {
    out +=
        "\\usepackage[CJKmath=true]{xeCJK}\n\\setCJKmainfont{" + std::string(chinese_font) + "}\n";
  }
  out += "\\usepackage{amsmath}\n\\usepackage{upgreek}\n\\usepackage{amssymb}\n";
  out += "\\usepackage{xcolor}\n\\begin{document}\n";
  out += kMacros;
  if (short_pages) out += kShortPages;
  for (size_t i = 0; i < formulas.size(); ++i) {
    const std::string number = std::to_string(i);
    out += "\\DsocrBegin{" + number + "}\n";
    if (chinese) out += "\\begin{CJK}{UTF8}{gkai}\n";
    out += "\\begin{displaymath}\n";
    out += formulas[i];
    out += "\n\\end{displaymath}\n";
    if (chinese) out += "\\end{CJK}\n";
    out += "\\DsocrEnd{" + number + "}\n";
  }
  return out + "\\end{document}\n";
}

std::vector<FormulaPages> read_log(std::string_view log, size_t num_formulas) {
  std::vector<FormulaPages> formulas(num_formulas);
  std::optional<Marker> open;
  bool overfull = false;
  double too_wide = 0;
  for (size_t at = 0; at < log.size();) {
    const size_t end = std::min(log.find('\n', at), log.size());
    const std::string_view line = log.substr(at, end - at);
    at = end + 1;
    if (line.starts_with("Overfull ")) {
      overfull = true;
      too_wide = std::max(too_wide, excess_of_display(line));
    }
    if (const auto begin = read_marker(line, kBegin)) {
      open = begin;
      overfull = false;
      too_wide = 0;
    } else if (const auto close = read_marker(line, kEnd)) {
      // After a formula that left a group open nothing can be trusted.
      if (!open || open->formula != close->formula || close->formula >= num_formulas ||
          open->level != close->level || open->level != 1)
        break;
      formulas[close->formula] = {true, overfull, too_wide, open->pages,
                                  close->pages - open->pages};
      open.reset();
    }
  }
  return formulas;
}

int larger_paper(int paper, double too_wide) {
  const double needed = text_width(paper) + too_wide;
  int larger = paper - 1;
  while (larger > 1 && text_width(larger) < needed) --larger;
  return larger;
}

bool has_lasting_effect(std::string_view formula) {
  constexpr std::string_view kWords[] = {
      "\\global",    "\\gdef",        "\\xdef",         "\\edef",       "\\def",
      "\\let",       "\\newcommand",  "\\renewcommand", "\\setcounter", "\\addtocounter",
      "\\setlength", "\\addtolength", "\\input",        "\\include",    "\\write",
      "\\catcode",   "\\usepackage",  "\\pagecolor",    "\\shipout",    "\\special",
      "\\csname",    "\\everymath",   "\\everydisplay", "\\document",   "{document}",
      "DSOCR",       "Dsocr",         "\\loop",         "\\repeat"};
  return std::any_of(std::begin(kWords), std::end(kWords), [formula](std::string_view word) {
    return formula.find(word) != std::string_view::npos;
  });
}

}  // namespace dsocr::omnidocbench::cdm
