#include "eval/label/teacher.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>

#include "configs/build_info.h"
#include "configs/sha256.h"
#include "data/label/label_file.h"
#include "data/label/target.h"
#include "data/text/clean_up.h"
#include "data/text/grounding.h"
#include "eval/read/store_reading.h"

namespace dsocr::eval {
namespace {

using data::LabelLine;
using data::LabelRegion;
using data::PixelBox;

// How sure the network was of a part of its text.
float confidence_of(const PageText& answer, std::size_t begin, std::size_t end) {
  double sum = 0;
  std::size_t count = 0, from = 0;
  for (const ReadToken& token : answer.tokens) {
    if (token.end > begin && from < end) {
      sum += std::log(static_cast<double>(std::max(token.probability, 1e-6F)));
      ++count;
    }
    from = token.end;
  }
  return count == 0 ? 0 : static_cast<float>(std::exp(sum / static_cast<double>(count)));
}

// The line at [begin, end) of the answer.
LabelLine line_of(const PageText& answer, std::size_t begin, std::size_t end, const PixelBox& box) {
  LabelLine line{.text = answer.text.substr(begin, end - begin),
                 .box = box,
                 .confidence = confidence_of(answer, begin, end)};
  std::size_t at = 0;
  while ((at = line.text.find_first_not_of(' ', at)) != std::string::npos) {
    const std::size_t word_end = std::min(line.text.find(' ', at), line.text.size());
    line.words.push_back({.begin = at,
                          .end = word_end,
                          .box = box,
                          .confidence = confidence_of(answer, begin + at, begin + word_end)});
    at = word_end;
  }
  return line;
}

LabelRegion region_of(const PageText& answer, std::string category, std::size_t begin,
                      std::size_t end, const PixelBox& box) {
  LabelRegion region{
      .category = std::move(category), .box = box, .confidence = confidence_of(answer, begin, end)};
  while (begin < end) {
    const std::size_t line_end = std::min(answer.text.find('\n', begin), end);
    if (line_end > begin) region.lines.push_back(line_of(answer, begin, line_end, box));
    begin = line_end + 1;
  }
  return region;
}

// The answer from `begin` on without marks of the category, as a range.
std::pair<std::size_t, std::size_t> text_range(const PageText& answer, std::size_t begin,
                                               std::size_t end, const std::string& category) {
  const std::string_view whole = answer.text;
  const std::string_view text = data::without_marks(whole.substr(begin, end - begin), category);
  const auto first = static_cast<std::size_t>(text.data() - whole.data());
  return text.empty() ? std::pair{begin, begin} : std::pair{first, first + text.size()};
}

data::LabellerInfo info_of(const PageReader& reader, const TeacherConfig& config) {
  data::LabellerInfo info{.name = "teacher:" + config.network.folder,
                          .version = configs::build_info().version};
  for (const std::filesystem::path& file : reader.inputs())
    info.models.emplace_back(file.filename().string(), configs::sha256_file(file));
  return info;
}

// An answer that ran away says nothing that can be trusted.
data::LabelResult result_of(const PageText& answer, configs::PageSize page) {
  if (answer.stop == "eos") return {.labels = labels_of(answer, page)};
  return {.failure = "the answer has no end: " + answer.stop};
}

// Adds results to a file in the order of the pages.
class InOrder {
 public:
  InOrder(data::LabelFile& file, const std::function<void()>& progress)
      : file_(file), progress_(progress) {}

  void add(std::uint64_t page, data::LabelResult result) {
    waiting_.emplace(page, std::move(result));
    while (!waiting_.empty() && waiting_.begin()->first == file_.num_pages()) {
      file_.add(waiting_.extract(waiting_.begin()).mapped());
      if (progress_) progress_();
    }
  }

 private:
  data::LabelFile& file_;
  const std::function<void()>& progress_;
  std::map<std::uint64_t, data::LabelResult> waiting_;  // until those before them are there
};

}  // namespace

data::PageLabels labels_of(const PageText& answer, configs::PageSize page) {
  const std::string_view text = answer.text;
  const std::size_t length =
      text.ends_with(data::kEosText) ? text.size() - data::kEosText.size() : text.size();
  const std::vector<data::Reference> references = data::find_references(text.substr(0, length));
  data::PageLabels labels;
  if (references.empty() && length > 0)
    labels.regions.push_back(
        region_of(answer, "text", 0, length,
                  {0, 0, static_cast<float>(page.width), static_cast<float>(page.height)}));
  for (std::size_t i = 0; i < references.size(); ++i) {
    const data::Reference& reference = references[i];
    if (reference.boxes.size() != 1) continue;
    const data::Box box = data::to_pixels(reference.boxes[0], page.width, page.height);
    const std::size_t end = i + 1 < references.size() ? references[i + 1].begin : length;
    const auto [first, last] = text_range(answer, reference.end, end, reference.label);
    labels.regions.push_back(region_of(answer, reference.label, first, last,
                                       {static_cast<float>(box.x1), static_cast<float>(box.y1),
                                        static_cast<float>(box.x2), static_cast<float>(box.y2)}));
  }
  return labels;
}

data::LabelPagesResult label_with_network(const data::PageStore& store, const TeacherConfig& config,
                                          std::size_t threads, const std::filesystem::path& path,
                                          const std::function<void()>& progress) {
  PageReader reader(config.network, threads);
  data::LabelPagesResult result{.labeller = info_of(reader, config)};
  data::LabelFile file(path, result.labeller, store.sha256(data::Part::kPages));
  result.labelled = store.num_pages() - file.num_pages();
  InOrder results(file, progress);
  read_store(
      reader, store,
      {.mode = config.mode,
       .prompt = config.prompt,
       .begin = file.num_pages(),
       .end = store.num_pages()},
      {.done = [&](std::uint64_t page, configs::PageSize size,
                   const PageText& answer) { results.add(page, result_of(answer, size)); },
       .failed = [&](std::uint64_t page,
                     const std::string& reason) { results.add(page, {.failure = reason}); }});
  result.failed = data::num_failed(file);
  return result;
}

}  // namespace dsocr::eval
