#include "data/corpora/corpora.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iterator>

#include "configs/nearest.h"
#include "data/corpora/formats.h"
#include "data/error.h"
#include "data/image/open_file.h"

namespace dsocr::data {
namespace {

constexpr std::array kFormats{
    CorpusFormat{"jsonl", "Images and texts listed in a JSON Lines file", open_jsonl},
    CorpusFormat{"chat", "Conversations as ms-swift and Unsloth read them", open_chat},
    CorpusFormat{"fox", "Fox, English page OCR", open_fox},
    CorpusFormat{"omnidocbench", "OmniDocBench with its layout", open_omnidocbench},
    CorpusFormat{"page", "PAGE XML files beside their images", open_page_xml},
    CorpusFormat{"alto", "ALTO files beside their images", open_alto},
    CorpusFormat{"hocr", "hOCR files beside their images", open_hocr},
    CorpusFormat{"pdf", "PDF pages with their text layer", open_pdf},
    CorpusFormat{"office", "DOCX, ODT, PPTX, RTF, HTML, EPUB and more, by LibreOffice",
                 open_office},
    CorpusFormat{"latex", "LaTeX sources, typeset", open_latex},
    CorpusFormat{"text", "plain text and Markdown as pages; `data render` has all options",
                 open_text},
};

}  // namespace

std::span<const CorpusFormat> corpus_formats() { return kFormats; }

std::unique_ptr<Corpus> open_corpus(const std::string& format, const std::filesystem::path& source,
                                    const CorpusOptions& options) {
  const auto it = std::find_if(kFormats.begin(), kFormats.end(),
                               [&](const CorpusFormat& entry) { return entry.name == format; });
  if (it == kFormats.end()) {
    std::vector<std::string> names;
    for (const CorpusFormat& entry : kFormats) names.emplace_back(entry.name);
    throw DataError("", "", "no format '" + format + "'; " + configs::suggestion(format, names));
  }
  if (!std::filesystem::exists(source)) throw DataError(source, "", "is not there");
  return it->open(source, options);
}

std::string ending_of(const std::filesystem::path& file) {
  std::string ending = file.extension().string();
  for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return ending;
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in = open_file(file);
  std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.bad()) throw DataError(file, "", "cannot read", /*recoverable=*/true);
  return bytes;
}

}  // namespace dsocr::data
