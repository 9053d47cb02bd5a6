#include "eval/read/read.h"

#include <map>
#include <ostream>

#include "data/error.h"
#include "data/text/clean_up.h"
#include "eval/read/page_files.h"
#include "eval/read/pages.h"
#include "reports/files.h"
#include "reports/progress.h"

namespace dsocr::eval {
namespace {

using nlohmann::ordered_json;

ordered_json page_json(const PageList::Page& page, const data::Image& image, const PageText& text) {
  ordered_json json{{"name", page.name}, {"file", page.file.string()}};
  if (page.pdf_page) json["pdf_page"] = *page.pdf_page + 1;
  json.update({{"width", image.width},
               {"height", image.height},
               {"prompt_tokens", text.prompt_tokens},
               {"new_tokens", text.new_tokens},
               {"stop", text.stop},
               {"loop_period", text.loop_period > 0 ? ordered_json(text.loop_period) : nullptr},
               {"first_token_s", text.first_token_s}});
  return json;
}

// The figures of a page as seen from the folder above it.
std::string with_links_below(std::string markdown, const std::string& name) {
  const std::string link = "![](images/";
  for (size_t at = 0; (at = markdown.find(link, at)) != std::string::npos;
       at += link.size() + name.size() + 1)
    markdown.replace(at, link.size(), "![](" + name + "/images/");
  return markdown;
}

/// The files of a run.
class Folder {
 public:
  Folder(std::filesystem::path path, const std::vector<PageList::Page>& pages)
      : path_(std::move(path)), pages_(pages) {}

  void write(size_t index, const data::Image& image, const PageText& text) {
    const PageList::Page& page = pages_[index];
    write_page_files(path_ / page.name, image, text.text);
    if (page.pdf_page)
      markdown_[index] = with_links_below(data::clean_up_image(text.text), page.name);
    json_[index] = page_json(page, image, text);
    save();
  }

  void fail(size_t index, const std::string& reason) {
    json_[index] = {
        {"name", pages_[index].name}, {"file", pages_[index].file.string()}, {"failure", reason}};
    save();
  }

  // One Markdown file for every PDF, pages apart as in the official script.
  void join_pdfs() const {
    std::map<std::string, std::string> documents;
    for (const auto& [index, markdown] : markdown_) {
      const std::string& page = pages_[index].name;
      documents[page.substr(0, page.rfind('_'))] += markdown + std::string(data::kPageSplit);
    }
    for (const auto& [name, document] : documents)
      reports::write_file(path_ / (name + ".md"), document);
  }

 private:
  void save() const {
    ordered_json all = ordered_json::array();
    for (const auto& [index, json] : json_) all.push_back(json);
    reports::write_file(path_ / "pages.json", all.dump(2) + "\n");
  }

  std::filesystem::path path_;
  const std::vector<PageList::Page>& pages_;
  std::map<size_t, ordered_json> json_;
  std::map<size_t, std::string> markdown_;
};

// Texts on a terminal: one page as it comes, several each under its name and in their order.
class Printer {
 public:
  Printer(std::ostream& out, const std::vector<PageList::Page>& pages) : out_(out), pages_(pages) {}

  bool streams() const { return pages_.size() == 1; }
  void stream(std::string_view text) { out_ << text << std::flush; }

  // Nothing stands for a page that could not be read.
  void put(size_t index, const std::optional<std::string>& text) {
    if (streams()) {
      if (text) out_ << "\n";  // streamed already
      return;
    }
    waiting_[index] = text;
    for (; waiting_.contains(next_); ++next_) {
      const std::optional<std::string>& page = waiting_[next_];
      if (page) out_ << "--- " << pages_[next_].name << " ---\n" << *page << "\n\n";
      waiting_.erase(next_);
    }
    out_ << std::flush;
  }

 private:
  std::ostream& out_;
  const std::vector<PageList::Page>& pages_;
  std::map<size_t, std::optional<std::string>> waiting_;
  size_t next_ = 0;
};

}  // namespace

ReadResult read_pages(PageReader& reader, const ReadConfig& config,
                      const std::vector<std::filesystem::path>& files,
                      const std::optional<std::filesystem::path>& out, std::ostream& text,
                      std::ostream& messages) {
  const std::string prompt = prompt_text(config.prompt);
  PageList list(files, config.dpi);
  const std::vector<PageList::Page>& pages = list.pages();
  ReadResult result{.num_pages = pages.size(), .failures = {}};
  std::optional<Folder> folder;
  if (out) folder.emplace(*out, pages);
  Printer printer(text, pages);
  std::optional<reports::Progress> progress;
  if (out && pages.size() > 1) progress.emplace("Reading", "pages", pages.size());

  std::map<size_t, data::Image> images;  // of the pages that are being read
  const auto end = [&](size_t index, const std::optional<std::string>& shown) {
    images.erase(index);
    if (!progress) printer.put(index, shown);
    if (progress) progress->advance();
  };
  const auto fail = [&](size_t index, const std::string& reason) {
    const PageList::Page& page = pages[index];
    const std::string where =
        page.pdf_page ? page.file.string() + ", page " + std::to_string(*page.pdf_page + 1) + ": "
                      : std::string();
    const bool named = reason.starts_with(page.file.string());
    result.failures.push_back((named && !page.pdf_page ? ""
                               : where.empty()         ? page.file.string() + ": "
                                                       : where) +
                              reason);
    messages << "dsocr: " << result.failures.back() << "\n" << std::flush;
    if (folder) folder->fail(index, reason);
    end(index, std::nullopt);
  };

  size_t next = 0;
  PageReader::Client client;
  client.next = [&]() -> std::optional<std::pair<uint64_t, data::Image>> {
    while (next < pages.size()) {
      const size_t index = next++;
      try {
        images[index] = list.load(index);
        return std::pair{uint64_t{index}, images[index]};
      } catch (const data::DataError& error) {
        fail(index, error.what());
      }
    }
    return std::nullopt;
  };
  client.done = [&](uint64_t key, const PageText& page) {
    if (folder) folder->write(key, images.at(key), page);
    end(key, data::clean_up_image(page.text));
  };
  client.failed = fail;
  if (printer.streams())
    client.stream = [&](uint64_t, std::string_view piece) { printer.stream(piece); };
  reader.read(config.mode, prompt, client);
  if (folder) folder->join_pdfs();
  return result;
}

configs::ConfigKind read_config_kind() {
  return configs::make_config_kind<ReadConfig>("read", "settings of `dsocr read`");
}

}  // namespace dsocr::eval
