#include "data/corpora/soffice.h"

#include <tbb/parallel_for.h>

#include <array>
#include <cctype>
#include <chrono>
#include <fstream>
#include <set>
#include <stdexcept>
#include <string_view>

#include "configs/process.h"
#include "data/error.h"

namespace dsocr::data {
namespace {

// Files of one start; the same on any machine, so that no page depends on the number of cores.
constexpr std::size_t kFilesPerStart = 8;
constexpr std::chrono::minutes kTimeLimit{3};

// One start of LibreOffice. It names a PDF after its file, so these have different names.
struct Batch {
  bool html;
  std::vector<std::size_t> files = {};
  std::set<std::string> names = {};
};

std::vector<Batch> batches_of(const std::vector<OfficeFile>& files) {
  std::vector<Batch> batches;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string name = files[i].path.stem().string();
    auto it = batches.begin();
    while (it != batches.end() && (it->html != files[i].html ||
                                   it->files.size() == kFilesPerStart || it->names.contains(name)))
      ++it;
    if (it == batches.end()) it = batches.insert(it, Batch{files[i].html});
    it->files.push_back(i);
    it->names.insert(name);
  }
  return batches;
}

std::string file_url(const std::filesystem::path& path) {
  constexpr std::string_view kPlain = "/-._~";
  constexpr const char* kHex = "0123456789ABCDEF";
  std::string url = "file://";
  for (const char c : path.string()) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x80 && std::isalnum(byte)) || kPlain.find(c) != std::string_view::npos)
      url += c;
    else
      url += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return url;
}

// Pages must not depend on what a server says today, and a document must not call home: all goes
// to a proxy that is not there.
void write_profile(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder / "user");
  std::ofstream out(folder / "user" / "registrymodifications.xcu");
  out << R"(<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
)";
  for (const auto& [name, value] : {std::pair{"ooInetProxyType", "2"},
                                    {"ooInetNoProxy", ""},
                                    {"ooInetHTTPProxyName", "127.0.0.1"},
                                    {"ooInetHTTPProxyPort", "9"},
                                    {"ooInetHTTPSProxyName", "127.0.0.1"},
                                    {"ooInetHTTPSProxyPort", "9"}})
    out << R"(<item oor:path="/org.openoffice.Inet/Settings"><prop oor:name=")" << name
        << R"(" oor:op="fuse"><value>)" << value << "</value></prop></item>\n";
  out << "</oor:items>\n";
  if (!out.flush()) throw DataError(folder, "", "cannot write to this folder");
}

// A start that was ended may leave half a PDF.
bool is_whole_pdf(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  std::array<char, 16> end;
  if (!in || in.tellg() < static_cast<std::streamoff>(end.size())) return false;
  in.seekg(-static_cast<std::streamoff>(end.size()), std::ios::end);
  in.read(end.data(), end.size());
  return std::string_view(end.data(), end.size()).find("%%EOF") != std::string_view::npos;
}

class Converter {
 public:
  Converter(const std::vector<OfficeFile>& files, std::filesystem::path scratch)
      : files_(files), scratch_(std::move(scratch)), results_(files.size()) {}

  std::vector<OfficePdf> run(const Prepared& prepared) {
    const std::vector<Batch> batches = batches_of(files_);
    tbb::parallel_for(std::size_t{0}, batches.size(), [&](std::size_t b) {
      const std::vector<std::size_t>& batch = batches[b].files;
      const auto folder = scratch_ / ("start" + std::to_string(b));
      const bool good = start(batch, folder);
      for (const std::size_t i : batch) {
        // Who was it? Each that has no PDF is tried alone.
        if (!good && batch.size() > 1 && results_[i].file.empty())
          start({i}, scratch_ / ("start" + std::to_string(b) + "_" + std::to_string(i)));
        if (prepared) prepared(files_.size());
      }
    });
    return std::move(results_);
  }

 private:
  // Whether LibreOffice ended well: then it looked at every file.
  bool start(const std::vector<std::size_t>& batch, const std::filesystem::path& folder) {
    const auto profile = folder / "profile", out = folder / "out";
    write_profile(profile);
    std::vector<std::string> argv{"soffice", "-env:UserInstallation=" + file_url(profile),
                                  "--headless", "--norestore"};
    // Without this, HTML opens as a web view, which loses the first paragraph in PDF.
    if (files_[batch[0]].html) argv.emplace_back("--infilter=HTML (StarWriter)");
    for (const std::string& word :
         {std::string("--convert-to"), std::string("pdf"), std::string("--outdir"), out.string()})
      argv.push_back(word);
    for (const std::size_t i : batch)
      argv.push_back(std::filesystem::absolute(files_[i].path).string());
    bool good = false;
    std::string reason;
    try {
      // Names of files are UTF-8, and the locale decides on the default paper.
      const configs::ProcessResult result = configs::run_process(
          argv, "",
          {.folder = folder, .variables = {{"LC_ALL", "C.UTF-8"}}, .time_limit = kTimeLimit});
      good = result.exit_code == 0;
      reason = good ? "LibreOffice cannot read it"
                    : "LibreOffice failed with status " + std::to_string(result.exit_code);
    } catch (const std::runtime_error& error) {
      reason = error.what();
    }
    for (const std::size_t i : batch) {
      const auto pdf = out / (files_[i].path.stem().string() + ".pdf");
      results_[i] = is_whole_pdf(pdf) ? OfficePdf{pdf, ""} : OfficePdf{"", reason};
    }
    std::filesystem::remove_all(profile);
    return good;
  }

  const std::vector<OfficeFile>& files_;
  std::filesystem::path scratch_;
  std::vector<OfficePdf> results_;
};

}  // namespace

bool has_soffice() { return !configs::find_program("soffice").empty(); }

std::vector<OfficePdf> convert_to_pdf(const std::vector<OfficeFile>& files,
                                      const std::filesystem::path& scratch,
                                      const Prepared& prepared) {
  return Converter(files, scratch).run(prepared);
}

}  // namespace dsocr::data
