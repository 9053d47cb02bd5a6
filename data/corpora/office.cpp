#include <algorithm>
#include <array>
#include <fstream>
#include <stdexcept>
#include <string_view>

#include "data/corpora/epub.h"
#include "data/corpora/formats.h"
#include "data/corpora/pdf_pages.h"
#include "data/corpora/soffice.h"
#include "data/error.h"

namespace dsocr::data {
namespace {

constexpr std::array kEndings{".docx", ".doc", ".odt",  ".fodt", ".rtf", ".wps", ".pptx",
                              ".ppt",  ".odp", ".fodp", ".html", ".htm", ".epub"};

bool is_html(const std::string& ending) { return ending == ".html" || ending == ".htm"; }

bool is_document(const std::filesystem::path& file) {
  // Office programs leave files like ~$letter.docx and .~letter.odt beside those that are open.
  const std::string name = file.filename().string();
  return !name.starts_with("~$") && !name.starts_with('.') &&
         std::find(kEndings.begin(), kEndings.end(), ending_of(file)) != kEndings.end();
}

// LibreOffice takes anything that it does not know for plain text.
std::string wrong_content(const std::filesystem::path& file) {
  using std::string_view_literals::operator""sv;
  std::ifstream in(file, std::ios::binary);
  std::array<char, 8> bytes{};
  in.read(bytes.data(), bytes.size());
  if (in.gcount() == 0) return "is empty or cannot be read";
  const std::string ending = ending_of(file);
  if (is_html(ending) || ending == ".wps" || ending == ".fodt" || ending == ".fodp") return "";
  const std::string_view start(bytes.data(), bytes.size());
  for (const std::string_view mark : {"PK\3\4"sv, "\xD0\xCF\x11\xE0"sv, "{\\rtf"sv})
    if (start.starts_with(mark)) return "";
  return "is no office document: neither zip, OLE nor RTF";
}

}  // namespace

std::unique_ptr<Corpus> open_office(const std::filesystem::path& source,
                                    const CorpusOptions& options) {
  std::string what = "office document:";
  for (const char* ending : kEndings) what += std::string(" *") + ending;
  auto documents = list_documents(source, is_document, what);
  if (documents.size() == 1 && !is_document(documents[0].file))
    throw DataError(source, "", "is no " + what);
  if (!has_soffice())
    throw DataError(source, "",
                    "needs LibreOffice (soffice), which `make deps-documents` installs");

  auto scratch = std::make_unique<configs::ScratchFolder>();
  std::vector<OfficeFile> files;
  std::vector<std::size_t> owners;  // the document of each file
  for (std::size_t d = 0; d < documents.size(); ++d) {
    const std::string ending = ending_of(documents[d].file);
    documents[d].problem = wrong_content(documents[d].file);
    if (!documents[d].problem.empty()) continue;
    if (ending != ".epub") {
      files.push_back({documents[d].file, is_html(ending)});
      owners.push_back(d);
      continue;
    }
    // LibreOffice writes EPUB and does not read it.
    try {
      for (const auto& chapter :
           unpack_epub(documents[d].file, scratch->path() / ("epub" + std::to_string(d)))) {
        files.push_back({chapter, true});
        owners.push_back(d);
      }
    } catch (const std::runtime_error& error) {
      documents[d].problem = error.what();
    }
  }
  const std::vector<OfficePdf> pdfs = convert_to_pdf(files, scratch->path(), options.prepared);
  for (std::size_t i = 0; i < pdfs.size(); ++i) {
    PdfDocumentSource& document = documents[owners[i]];
    if (!pdfs[i].problem.empty() && document.problem.empty())
      document.problem = files[i].path == document.file
                             ? pdfs[i].problem
                             : files[i].path.filename().string() + " in it: " + pdfs[i].problem;
    document.pdfs.push_back(pdfs[i].file);
  }
  return std::make_unique<PdfPages>(std::move(documents), options.dpi, std::move(scratch));
}

}  // namespace dsocr::data
