#include "data/label/target.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "data/error.h"
#include "data/text/grounding.h"

namespace dsocr::data {
namespace {

constexpr std::array kTargets{std::pair{std::string_view("page"), AnswerTarget::kPage},
                              std::pair{std::string_view("plain"), AnswerTarget::kPlain},
                              std::pair{std::string_view("markdown"), AnswerTarget::kMarkdown},
                              std::pair{std::string_view("grounded"), AnswerTarget::kGrounded}};

// What stands around the text of a category in Markdown.
struct Marks {
  std::string_view category, before, after;
};
constexpr std::array kMarks{Marks{"title", "# ", ""}, Marks{"sub_title", "## ", ""},
                            Marks{"equation", "\\[", "\\]"}};

Marks marks_of(std::string_view category) {
  const auto* found = std::find_if(kMarks.begin(), kMarks.end(),
                                   [&](const Marks& marks) { return marks.category == category; });
  return found == kMarks.end() ? Marks{category, "", ""} : *found;
}

constexpr const char* kThresholdKey = "labels_keep_over";

constexpr std::string_view kSpace = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::vector<const Block*> in_reading_order(std::span<const Block> blocks) {
  std::vector<const Block*> parts;
  for (const Block& block : blocks)
    if (is_layout(block)) parts.push_back(&block);
  std::stable_sort(parts.begin(), parts.end(),
                   [](const Block* a, const Block* b) { return a->order < b->order; });
  return parts;
}

std::string in_markdown(const Block& block) {
  const std::string_view text = trimmed(block.text);
  if (text.empty()) return "";
  const Marks marks = marks_of(block.category);
  return std::string(marks.before) + std::string(text) + std::string(marks.after);
}

std::string with_reference(const Block& block) {
  const auto& [left, top, right, bottom] = block.box;
  const Box box{left, top, right, bottom};
  const std::string text = in_markdown(block);
  return format_reference(block.category, {&box, 1}) + (text.empty() ? "" : "\n" + text);
}

std::string format_block(const Block& block, AnswerTarget target) {
  if (target == AnswerTarget::kPlain) return std::string(trimmed(block.text));
  return target == AnswerTarget::kMarkdown ? in_markdown(block) : with_reference(block);
}

}  // namespace

std::span<const std::pair<std::string_view, AnswerTarget>> enum_names(AnswerTarget) {
  return kTargets;
}

bool is_layout(const Block& block) {
  return block.order >= 0 && block.category != "word" && block.category != "glyph";
}

TargetText format_target(std::span<const Block> blocks, AnswerTarget target, float keep_over) {
  const std::string_view between = target == AnswerTarget::kPlain ? "\n" : "\n\n";
  TargetText answer;
  for (const Block* block : in_reading_order(blocks)) {
    if (block->text.find("<|ref|>") != std::string::npos)
      throw DataError("", "", "a label has <|ref|> in its text", /*recoverable=*/true);
    const std::string text = format_block(*block, target);
    if (text.empty()) continue;
    if (!answer.text.empty()) answer.text += between;
    const std::size_t begin = answer.text.size();
    answer.text += text;
    // A confidence that is not said is not below.
    if (block->confidence < keep_over)
      answer.masked.emplace_back(begin, answer.text.size() + between.size());
  }
  if (!answer.masked.empty())
    answer.masked.back().second = std::min(answer.masked.back().second, answer.text.size());
  return answer;
}

std::string_view without_marks(std::string_view text, std::string_view category) {
  text = trimmed(text);
  const Marks marks = marks_of(category);
  if (text.size() < marks.before.size() + marks.after.size() || !text.starts_with(marks.before) ||
      !text.ends_with(marks.after))
    return text;
  text.remove_prefix(marks.before.size());
  text.remove_suffix(marks.after.size());
  return text;
}

std::vector<Block> parse_grounded(std::string_view answer) {
  const std::vector<Reference> references = find_references(answer);
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < references.size(); ++i) {
    const Reference& reference = references[i];
    if (reference.boxes.size() != 1) continue;
    const std::size_t end = i + 1 < references.size() ? references[i + 1].begin : answer.size();
    const Box& box = reference.boxes[0];
    const auto side = [](int value) { return static_cast<std::uint16_t>(value); };
    blocks.push_back({.category = reference.label,
                      .box = {side(box.x1), side(box.y1), side(box.x2), side(box.y2)},
                      .order = static_cast<std::int32_t>(blocks.size()),
                      .text = std::string(without_marks(
                          answer.substr(reference.end, end - reference.end), reference.label))});
  }
  return blocks;
}

std::string with_threshold(const std::string& meta, double keep_over) {
  auto object =
      meta.empty() ? nlohmann::ordered_json::object() : nlohmann::ordered_json::parse(meta);
  object[kThresholdKey] = keep_over;
  return object.dump();
}

double noted_threshold(const std::string& meta) {
  if (meta.empty()) return 0;
  const auto object = nlohmann::json::parse(meta, nullptr, /*allow_exceptions=*/false);
  return object.is_object() ? object.value(kThresholdKey, 0.0) : 0;
}

}  // namespace dsocr::data
