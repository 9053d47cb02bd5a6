#include "data/text/tokenizer_file.h"

#include <initializer_list>
#include <stdexcept>
#include <string_view>

#include "data/text/token_table.h"

namespace dsocr::data {
namespace {

using json = nlohmann::ordered_json;

/// A JSON object, its place in the file, and checks that name the place.
class Section {
 public:
  Section(const json& value, std::string path) : value_(value), path_(std::move(path)) {
    if (!value_.is_object()) throw std::invalid_argument(path_ + " must be an object");
  }

  [[noreturn]] void refuse(const std::string& field, const std::string& expected) const {
    throw std::invalid_argument(path_of(field) + " is " + shown(get(field)) +
                                ", supported is only " + expected);
  }

  std::string path_of(const std::string& field) const {
    return path_.empty() ? field : path_ + "." + field;
  }

  const json& get(const std::string& field) const {
    static const json absent;
    const auto found = value_.find(field);
    return found == value_.end() ? absent : *found;
  }

  /// Refuses every field that is not listed.
  void only(std::initializer_list<std::string_view> fields) const {
    for (const auto& [name, ignored] : value_.items()) {
      bool known = false;
      for (const auto field : fields) known = known || name == field;
      if (!known) throw std::invalid_argument(path_of(name) + " is not a known field");
    }
  }

  void require_null(const std::string& field) const {
    if (!get(field).is_null()) refuse(field, "null");
  }

  /// null, absent and "" are the same here.
  void require_no_text(const std::string& field) const {
    if (!get(field).is_null() && get(field) != json(std::string())) refuse(field, "null");
  }

  /// An absent field counts as `fallback`, the library's default for it.
  void require_bool(const std::string& field, bool wanted, bool fallback) const {
    const json& value = get(field);
    if (value.is_null() ? fallback != wanted : value != json(wanted)) {
      refuse(field, wanted ? "true" : "false");
    }
  }

  void require_text(const std::string& field, const std::string& wanted) const {
    if (get(field) != wanted) refuse(field, '"' + wanted + '"');
  }

  bool flag(const std::string& field) const {
    if (!get(field).is_boolean()) refuse(field, "true or false");
    return get(field).get<bool>();
  }

  std::string text(const std::string& field) const {
    if (!get(field).is_string()) refuse(field, "a string");
    return get(field).get<std::string>();
  }

  const json& list(const std::string& field) const {
    if (!get(field).is_array()) refuse(field, "a list");
    return get(field);
  }

 private:
  static std::string shown(const json& value) {
    if (value.is_object() || value.is_array()) return value.is_object() ? "an object" : "a list";
    return value.dump();
  }

  const json& value_;
  std::string path_;
};

std::string item_path(const std::string& path, size_t i) {
  return path + "[" + std::to_string(i) + "]";
}

void check_normalizer(const Section& top) {
  if (top.get("normalizer").is_null()) return;
  const Section normalizer(top.get("normalizer"), "normalizer");
  normalizer.only({"type", "normalizers"});
  normalizer.require_text("type", "Sequence");
  if (!normalizer.list("normalizers").empty()) normalizer.refuse("normalizers", "an empty list");
}

void check_byte_level(const Section& section) {
  section.only({"type", "add_prefix_space", "trim_offsets", "use_regex"});
  section.require_text("type", "ByteLevel");
}

std::string split_pattern(const Section& split) {
  split.only({"type", "pattern", "behavior", "invert"});
  split.require_text("type", "Split");
  split.require_text("behavior", "Isolated");
  split.require_bool("invert", false, /*fallback=*/false);
  const Section pattern(split.get("pattern"), split.path_of("pattern"));
  pattern.only({"Regex"});
  return pattern.text("Regex");
}

std::vector<std::string> read_pre_tokenizer(const Section& top) {
  const Section sequence(top.get("pre_tokenizer"), "pre_tokenizer");
  sequence.require_text("type", "Sequence");
  sequence.only({"type", "pretokenizers"});
  const json& steps = sequence.list("pretokenizers");
  const std::string path = sequence.path_of("pretokenizers");
  if (steps.empty()) sequence.refuse("pretokenizers", "a list that ends with ByteLevel");
  std::vector<std::string> patterns;
  for (size_t i = 0; i + 1 < steps.size(); ++i) {
    patterns.push_back(split_pattern(Section(steps[i], item_path(path, i))));
  }
  const Section last(steps.back(), item_path(path, steps.size() - 1));
  check_byte_level(last);
  last.require_bool("add_prefix_space", false, /*fallback=*/true);
  last.require_bool("use_regex", false, /*fallback=*/true);
  return patterns;
}

/// The post-processor only adds special tokens, which encode() never does, and moves offsets.
void check_post_processor(const Section& top) {
  if (top.get("post_processor").is_null()) return;
  const Section post(top.get("post_processor"), "post_processor");
  if (post.get("type") != "ByteLevel" && post.get("type") != "TemplateProcessing") {
    post.refuse("type", "\"ByteLevel\" or \"TemplateProcessing\"");
  }
}

void check_model(const Section& top) {
  const Section model(top.get("model"), "model");
  model.require_text("type", "BPE");
  model.only({"type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix",
              "fuse_unk", "byte_fallback", "ignore_merges", "vocab", "merges"});
  for (const auto* field : {"dropout", "unk_token"}) model.require_null(field);
  for (const auto* field : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    model.require_no_text(field);
  }
  for (const auto* field : {"fuse_unk", "byte_fallback", "ignore_merges"}) {
    model.require_bool(field, false, /*fallback=*/false);
  }
}

std::vector<AddedToken> read_added_tokens(const Section& top) {
  std::vector<AddedToken> tokens;
  if (top.get("added_tokens").is_null()) return tokens;
  for (const json& item : top.list("added_tokens")) {
    const Section section(item, item_path("added_tokens", tokens.size()));
    section.only({"id", "content", "single_word", "lstrip", "rstrip", "normalized", "special"});
    for (const auto* field : {"single_word", "lstrip", "rstrip"}) {
      section.require_bool(field, false, /*fallback=*/false);
    }
    const json& id = section.get("id");
    if (!id.is_number_integer()) section.refuse("id", "an integer");
    if (id < 0 || id > kMaxTokenId) section.refuse("id", "0.." + std::to_string(kMaxTokenId));
    tokens.push_back({id.get<int32_t>(), section.text("content"), section.flag("special"),
                      section.flag("normalized")});
  }
  return tokens;
}

}  // namespace

TokenizerFile read_tokenizer_file(const std::filesystem::path& file) {
  TokenizerJson json = read_tokenizer_json(file);
  if (!json.settings.is_object()) throw std::invalid_argument("the file must hold an object");
  const Section top(json.settings, "");
  top.only({"version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer",
            "post_processor", "decoder", "model"});
  top.require_text("version", "1.0");
  top.require_null("truncation");
  top.require_null("padding");
  check_model(top);
  if (!json.has_vocab) throw std::invalid_argument("model.vocab must be an object");
  if (!json.has_merges) throw std::invalid_argument("model.merges must be a list");
  check_normalizer(top);
  TokenizerFile result;
  result.split_patterns = read_pre_tokenizer(top);
  check_post_processor(top);
  check_byte_level(Section(top.get("decoder"), "decoder"));
  result.added_tokens = read_added_tokens(top);
  result.vocab = std::move(json.vocab);
  result.ids = std::move(json.ids);
  result.merge_parts = std::move(json.merge_parts);
  return result;
}

}  // namespace dsocr::data
