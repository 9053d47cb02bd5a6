#include "eval/metrics/jieba_tables.h"

#include <algorithm>
#include <bit>
#include <boost/iostreams/device/mapped_file.hpp>
#include <charconv>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <string>

#include "eval/normalize/unicode.h"

namespace dsocr::metrics {
namespace {

constexpr double kNeverSeen = -3.14e100;

// Maps the file and calls `parse(line)` for each line, without its end. What `parse` throws is
// rethrown with the place.
template <class Parse>
void for_each_line(const std::filesystem::path& file, Parse parse) {
  boost::iostreams::mapped_file_source map;
  try {
    map.open(file.string());
  } catch (const std::exception& error) {
    throw std::runtime_error("cannot read " + file.string() + ": " + error.what());
  }
  const std::string_view content(map.data(), map.size());
  size_t number = 1;
  for (size_t at = 0; at < content.size(); ++number) {
    const size_t end = std::min(content.find('\n', at), content.size());
    try {
      parse(content.substr(at, end - at));
    } catch (const std::invalid_argument& error) {
      throw std::runtime_error(file.string() + ":" + std::to_string(number) + ": " + error.what());
    }
    at = end + 1;
  }
}

// The text up to the separator; `rest` moves behind it.
std::string_view next_field(std::string_view& rest, char separator) {
  const std::string_view field = rest.substr(0, rest.find(separator));
  rest.remove_prefix(std::min(field.size() + 1, rest.size()));
  return field;
}

template <class Number>
Number parse_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    throw std::invalid_argument("not a number: '" + std::string(text) + "'");
  return value;
}

size_t parse_place(std::string_view name) {
  constexpr std::string_view kNames = "BEMS";  // the order of WordPlace
  if (name.size() != 1 || kNames.find(name) == std::string_view::npos)
    throw std::invalid_argument("not one of B, E, M, S: '" + std::string(name) + "'");
  return kNames.find(name);
}

}  // namespace

PrefixTree::PrefixTree(const std::filesystem::path& file) : slots_(size_t{1} << 10) {
  std::error_code ignored;
  // About ten bytes per node: with that no table has to grow while the usual list is read.
  if (const auto bytes = std::filesystem::file_size(file, ignored); !ignored)
    slots_.resize(std::bit_ceil(bytes / 5 + 2));

  uint64_t total = 0;
  std::u32string previous;        // the list is nearly sorted: a word shares most of its path with
  std::vector<Node> path{kRoot};  // the one before, path[i] = node of the first i characters
  for_each_line(file, [&](std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    std::string_view rest = line;
    const std::u32string word = decode_utf8(next_field(rest, ' '));
    const auto frequency = parse_number<uint32_t>(next_field(rest, ' '));
    if (word.empty()) throw std::invalid_argument("no word: '" + std::string(line) + "'");
    size_t shared = 0;
    while (shared < std::min(word.size(), previous.size()) && word[shared] == previous[shared])
      ++shared;
    path.resize(shared + 1);
    for (size_t i = shared; i < word.size(); ++i) path.push_back(add_child(path.back(), word[i]));
    frequencies_[path.back()] = frequency;
    total += frequency;
    previous = word;
  });
  if (total == 0) throw std::runtime_error(file.string() + ": no words");
  log_total_ = std::log(static_cast<double>(total));
}

PrefixTree::Node PrefixTree::add_child(Node node, char32_t c) {
  size_t at = slot_of(node, c);
  if (slots_[at].child != kNone) return slots_[at].child;
  if (2 * frequencies_.size() > slots_.size()) {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old)
      if (slot.child != kNone) slots_[slot_of(slot.node, slot.c)] = slot;
    at = slot_of(node, c);
  }
  const auto child = static_cast<Node>(frequencies_.size());
  slots_[at] = {node, c, child};
  frequencies_.push_back(0);
  return child;
}

uint32_t PrefixTree::frequency(std::u32string_view word) const {
  Node node = kRoot;
  for (const char32_t c : word)
    if ((node = child(node, c)) == kNone) return 0;
  return frequencies_[node];
}

HiddenMarkovModel load_hidden_markov_model(const std::filesystem::path& file) {
  HiddenMarkovModel model;
  model.start.fill(kNeverSeen);
  for (auto& row : model.transition) row.fill(kNeverSeen);
  HiddenMarkovModel::Row unseen;
  unseen.fill(kNeverSeen);
  model.emission.assign(kLastHan - kFirstHan + 1, unseen);

  for_each_line(file, [&](std::string_view rest) {
    const std::string_view table = next_field(rest, '\t');
    const size_t place = parse_place(next_field(rest, '\t'));
    double* entry = nullptr;
    double ignored = 0;
    if (table == "start") {
      entry = &model.start[place];
    } else if (table == "trans") {
      entry = &model.transition[place][parse_place(next_field(rest, '\t'))];
    } else if (table == "emit") {
      const std::string_view field = next_field(rest, '\t');
      const std::u32string character = decode_utf8(field);
      if (character.size() != 1)
        throw std::invalid_argument("not one character: '" + std::string(field) + "'");
      // Only Han characters reach the model.
      const bool is_han = character[0] >= kFirstHan && character[0] <= kLastHan;
      entry = is_han ? &model.emission[character[0] - kFirstHan][place] : &ignored;
    } else {
      throw std::invalid_argument("not one of start, trans, emit: '" + std::string(table) + "'");
    }
    *entry = parse_number<double>(rest);
  });
  return model;
}

}  // namespace dsocr::metrics
