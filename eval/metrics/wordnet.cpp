#include "eval/metrics/wordnet.h"

#include <algorithm>
#include <boost/iostreams/device/mapped_file.hpp>
#include <charconv>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>

namespace dsocr::metrics {
namespace {

namespace fs = std::filesystem;

struct SuffixRule {
  std::string_view suffix;
  std::string_view replacement;
};

// nltk's MORPHOLOGICAL_SUBSTITUTIONS; adverbs have none.
constexpr SuffixRule kNounRules[] = {{"s", ""},      {"ses", "s"},   {"ves", "f"},
                                     {"xes", "x"},   {"zes", "z"},   {"ches", "ch"},
                                     {"shes", "sh"}, {"men", "man"}, {"ies", "y"}};
constexpr SuffixRule kVerbRules[] = {{"s", ""},   {"ies", "y"}, {"es", "e"},  {"es", ""},
                                     {"ed", "e"}, {"ed", ""},   {"ing", "e"}, {"ing", ""}};
constexpr SuffixRule kAdjectiveRules[] = {{"er", ""}, {"est", ""}, {"er", "e"}, {"est", "e"}};

struct PartName {
  std::string_view name;
  std::span<const SuffixRule> rules;
};
constexpr PartName kParts[] = {
    {"noun", kNounRules}, {"verb", kVerbRules}, {"adj", kAdjectiveRules}, {"adv", {}}};

fs::path index_path(const fs::path& folder, std::string_view part) {
  return folder / ("index." + std::string(part));
}
fs::path data_path(const fs::path& folder, std::string_view part) {
  return folder / ("data." + std::string(part));
}
fs::path exceptions_path(const fs::path& folder, std::string_view part) {
  return folder / (std::string(part) + ".exc");
}

std::string_view first_field(std::string_view line) { return line.substr(0, line.find(' ')); }

// A mapped text file whose last line is complete.
class TextFile {
 public:
  explicit TextFile(const fs::path& file) : name_(file.string()) {
    if (!fs::is_regular_file(file)) fail("no such file");
    if (fs::file_size(file) == 0) fail("is empty");
    try {
      mapping_.open(file.string());
    } catch (const std::exception& error) {
      fail(error.what());
    }
    if (text().back() != '\n') fail("is cut short: the last line has no end");
  }

  std::string_view text() const { return {mapping_.data(), mapping_.size()}; }

  // The line that starts at a byte offset below the file's size, without its end.
  std::string_view line_at(size_t offset) const {
    const std::string_view rest = text().substr(offset);
    return rest.substr(0, rest.find('\n'));
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error("WordNet: " + name_ + " " + what);
  }

 private:
  std::string name_;
  boost::iostreams::mapped_file_source mapping_;
};

// A text file sorted by the first field of its lines; lines that start with a space are comments.
class SortedFile {
 public:
  explicit SortedFile(const fs::path& file) : file_(file) {
    std::string_view previous;
    for (size_t at = 0; at < file_.text().size();) {
      const std::string_view line = file_.line_at(at);
      if (!line.starts_with(' ')) {
        const std::string_view key = first_field(line);
        if (key.empty()) file_.fail("has an empty line at byte " + std::to_string(at));
        if (key < previous) file_.fail("is not sorted at \"" + std::string(key) + "\"");
        offsets_.push_back(static_cast<uint32_t>(at));
        previous = key;
      }
      at += line.size() + 1;
    }
  }

  // The line of a key; of several the last, because nltk reads the file into a dictionary.
  std::optional<std::string_view> find(std::string_view key) const {
    const auto after = std::upper_bound(offsets_.begin(), offsets_.end(), key,
                                        [this](std::string_view wanted, uint32_t offset) {
                                          return wanted < first_field(file_.line_at(offset));
                                        });
    if (after == offsets_.begin()) return std::nullopt;
    const std::string_view line = file_.line_at(*(after - 1));
    if (first_field(line) != key) return std::nullopt;
    return line;
  }

  const TextFile& file() const { return file_; }

 private:
  TextFile file_;
  std::vector<uint32_t> offsets_;
};

// The fields of one line, in order.
class Fields {
 public:
  Fields(const TextFile& file, std::string_view line) : file_(file), line_(line), rest_(line) {}

  // Empty at the end of the line.
  std::string_view next_or_empty() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
    const std::string_view field = first_field(rest_);
    rest_.remove_prefix(field.size());
    return field;
  }

  std::string_view next() {
    const std::string_view field = next_or_empty();
    if (field.empty()) fail();
    return field;
  }

  size_t next_number(int base) {
    const std::string_view field = next();
    size_t number = 0;
    const auto [end, error] =
        std::from_chars(field.data(), field.data() + field.size(), number, base);
    if (error != std::errc() || end != field.data() + field.size()) fail();
    return number;
  }

  void skip(size_t count) {
    for (size_t i = 0; i < count; ++i) next();
  }

  [[noreturn]] void fail() const {
    file_.fail("has a malformed line: \"" + std::string(line_.substr(0, 60)) + "\"");
  }

 private:
  const TextFile& file_;
  std::string_view line_;
  std::string_view rest_;
};

// "galore(ip)" -> "galore".
std::string_view without_marker(std::string_view name) {
  if (!name.ends_with(')')) return name;
  const size_t open = name.find_last_of("()", name.size() - 2);
  return open != std::string_view::npos && name[open] == '(' ? name.substr(0, open) : name;
}

std::string licence_version(std::string_view text) {
  constexpr std::string_view kTitle = "WordNet ";
  const std::string_view head = text.substr(0, 2000);
  const size_t at = head.find(kTitle);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = head.substr(at + kTitle.size());
  return std::string(rest.substr(0, rest.find_first_not_of("0123456789.")));
}

}  // namespace

struct WordNet::PartOfSpeech {
  PartOfSpeech(const fs::path& folder, const PartName& part)
      : index(index_path(folder, part.name)),
        data(data_path(folder, part.name)),
        exceptions(exceptions_path(folder, part.name)),
        rules(part.rules) {}

  // Index line: lemma pos synset_count pointer_count pointer... sense_count tagged_count offset...
  void add_synsets(std::string_view lemma, std::vector<std::string_view>& names) const {
    const auto line = index.find(lemma);
    if (!line) return;
    Fields fields(index.file(), *line);
    fields.skip(2);
    const size_t num_synsets = fields.next_number(10);
    fields.skip(fields.next_number(10));
    if (fields.next_number(10) != num_synsets) fields.fail();
    fields.skip(1);
    for (size_t i = 0; i < num_synsets; ++i) add_synset(fields.next(), names);
  }

  // Data line: offset file type word_count (hexadecimal) word id word id ... The offset is where
  // the line itself starts.
  void add_synset(std::string_view offset, std::vector<std::string_view>& names) const {
    size_t at = data.text().size();
    std::from_chars(offset.data(), offset.data() + offset.size(), at);
    if (at >= data.text().size() || !data.text().substr(at).starts_with(offset))
      data.fail("has no synset at offset " + std::string(offset));
    Fields fields(data, data.line_at(at));
    fields.skip(3);
    const size_t num_words = fields.next_number(16);
    for (size_t i = 0; i < num_words; ++i) {
      const std::string_view name = without_marker(fields.next());
      if (name.find('_') == std::string_view::npos) names.push_back(name);
      fields.skip(1);
    }
  }

  SortedFile index;
  TextFile data;
  SortedFile exceptions;
  std::span<const SuffixRule> rules;
};

WordNet::WordNet(const fs::path& folder) {
  for (const PartName& part : kParts)
    parts_.push_back(std::make_unique<const PartOfSpeech>(folder, part));
  version_ = licence_version(parts_.front()->data.text());
}

WordNet::~WordNet() = default;

bool WordNet::available(const fs::path& folder) {
  return std::all_of(std::begin(kParts), std::end(kParts), [&folder](const PartName& part) {
    return fs::is_regular_file(index_path(folder, part.name)) &&
           fs::is_regular_file(data_path(folder, part.name)) &&
           fs::is_regular_file(exceptions_path(folder, part.name));
  });
}

const std::string& WordNet::version() const { return version_; }

std::vector<std::string_view> WordNet::lemma_names(std::string_view word) const {
  std::vector<std::string_view> names;
  for (const auto& part : parts_) {
    part->add_synsets(word, names);
    if (const auto line = part->exceptions.find(word)) {
      Fields bases(part->exceptions.file(), *line);
      bases.skip(1);
      for (auto base = bases.next_or_empty(); !base.empty(); base = bases.next_or_empty())
        part->add_synsets(base, names);
      continue;
    }
    for (const auto& [suffix, replacement] : part->rules) {
      if (!word.ends_with(suffix)) continue;
      std::string base(word.substr(0, word.size() - suffix.size()));
      base += replacement;
      part->add_synsets(base, names);
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace dsocr::metrics
