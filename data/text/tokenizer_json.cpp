#include "data/text/tokenizer_json.h"

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace dsocr::data {
namespace {

using json = nlohmann::ordered_json;

constexpr uintmax_t kMaxFileBytes = uintmax_t{1} << 30;
constexpr size_t kMaxNesting = 32;

[[noreturn]] void refuse(const std::string& reason) { throw std::invalid_argument(reason); }

/// Receives the parser's events; the return values mean "go on".
class Handler : public nlohmann::json_sax<json> {
 public:
  TokenizerJson take() { return std::move(result_); }

  bool null() override { return scalar(nullptr); }
  bool boolean(bool value) override { return scalar(value); }
  bool number_integer(number_integer_t value) override { return integer(value); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<uint64_t>(INT64_MAX)) return number_float(0, std::to_string(value));
    return integer(static_cast<int64_t>(value));
  }
  bool number_float(number_float_t value, const string_t& /*text*/) override {
    return scalar(value);
  }
  bool binary(binary_t& /*value*/) override { return scalar(nullptr); }

  bool string(string_t& value) override {
    if (list_ != List::merges) return scalar(std::move(value));
    if (in_pair_) {
      if (++num_in_pair_ > 2) refuse_merge();
      result_.merge_parts.push_back(value);
      return true;
    }
    const size_t space = value.find(' ');
    if (space == string_t::npos || value.find(' ', space + 1) != string_t::npos) refuse_merge();
    const std::string_view parts = value;
    result_.merge_parts.push_back(parts.substr(0, space));
    result_.merge_parts.push_back(parts.substr(space + 1));
    return true;
  }

  bool key(string_t& value) override {
    if (list_ == List::vocab) {
      result_.vocab.push_back(value);
      return true;
    }
    json& object = *open_.back();
    if (object.contains(value)) refuse("key \"" + value + "\" appears twice");
    slot_ = &object[value];
    if (open_.size() == 1) top_key_ = value;
    if (open_.size() == 2 && top_key_ == "model") model_key_ = value;
    return true;
  }

  bool start_object(size_t /*size*/) override {
    if (list_ != List::none) refuse_in_list();
    if (at_model_key("vocab")) {
      list_ = List::vocab;
      result_.has_vocab = true;
      return true;
    }
    return open(json::object());
  }

  bool start_array(size_t /*size*/) override {
    if (list_ == List::vocab || in_pair_) refuse_in_list();
    if (list_ == List::merges) {
      in_pair_ = true;
      return true;
    }
    if (at_model_key("merges")) {
      list_ = List::merges;
      result_.has_merges = true;
      return true;
    }
    return open(json::array());
  }

  bool end_object() override {
    if (list_ == List::none) return close();
    list_ = List::none;
    return true;
  }

  bool end_array() override {
    if (in_pair_) {
      if (num_in_pair_ != 2) refuse_merge();
      in_pair_ = false;
      num_in_pair_ = 0;
      return true;
    }
    if (list_ == List::none) return close();
    list_ = List::none;
    return true;
  }

  bool parse_error(size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    refuse(std::string("not valid JSON: ") + error.what());
  }

 private:
  enum class List { none, vocab, merges };

  bool at_model_key(std::string_view key) const {
    return open_.size() == 2 && top_key_ == "model" && model_key_ == key;
  }

  [[noreturn]] void refuse_in_list() const {
    if (list_ == List::merges) refuse_merge();
    refuse("model.vocab[\"" + std::string(result_.vocab[result_.vocab.size() - 1]) +
           "\"]: the id is not an integer");
  }
  [[noreturn]] void refuse_merge() const {
    const size_t unfinished = std::min<size_t>(num_in_pair_, 2);
    refuse("model.merges[" + std::to_string((result_.merge_parts.size() - unfinished) / 2) +
           "]: not two tokens, as \"a b\" or [\"a\", \"b\"]");
  }

  bool integer(int64_t value) {
    if (list_ != List::vocab) return scalar(value);
    result_.ids.push_back(value);
    return true;
  }

  bool scalar(json value) {
    if (list_ != List::none) refuse_in_list();
    place(std::move(value));
    return true;
  }

  json* place(json value) {
    if (open_.empty()) {
      result_.settings = std::move(value);
      return &result_.settings;
    }
    if (open_.back()->is_array()) return &open_.back()->emplace_back(std::move(value));
    *slot_ = std::move(value);
    return slot_;
  }

  bool open(json container) {
    if (open_.size() == kMaxNesting) {
      refuse("nested more than " + std::to_string(kMaxNesting) + " deep");
    }
    open_.push_back(place(std::move(container)));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  TokenizerJson result_;
  std::vector<json*> open_;  // the containers around the current place, outermost first
  json* slot_ = nullptr;     // where the value of the last key goes
  std::string top_key_;
  std::string model_key_;
  List list_ = List::none;
  bool in_pair_ = false;
  size_t num_in_pair_ = 0;
};

std::string read_file(const std::filesystem::path& file) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) refuse("no such file");
  if (!std::filesystem::is_regular_file(status)) refuse("not a regular file");
  const auto size = std::filesystem::file_size(file, error);
  if (error) refuse(error.message());
  if (size > kMaxFileBytes) refuse("larger than 1 GiB");
  std::string text(size, '\0');
  std::ifstream in(file, std::ios::binary);
  if (!in.read(text.data(), static_cast<std::streamsize>(size))) refuse("cannot be read");
  return text;
}

}  // namespace

void PackedStrings::push_back(std::string_view text) {
  chars_ += text;
  ends_.push_back(static_cast<uint32_t>(chars_.size()));
}

std::string_view PackedStrings::operator[](size_t i) const {
  const size_t begin = i == 0 ? 0 : ends_[i - 1];
  return std::string_view(chars_).substr(begin, ends_[i] - begin);
}

TokenizerJson read_tokenizer_json(const std::filesystem::path& file) {
  const std::string text = read_file(file);
  Handler handler;
  json::sax_parse(text.data(), text.data() + text.size(), &handler);
  return handler.take();
}

}  // namespace dsocr::data
