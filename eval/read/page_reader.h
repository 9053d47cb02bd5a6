#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "configs/view.h"
#include "data/image/image.h"
#include "eval/read/config.h"

namespace dsocr::eval {

/// A token of a text: where its bytes end, and how probable it was.
struct ReadToken {
  size_t end = 0;
  float probability = 0;
};

/// What the network wrote for one page.
struct PageText {
  std::string text;               // as decoded, special tokens and eos included
  std::vector<ReadToken> tokens;  // of the text, in order
  std::string stop;               // "eos", "length" or "loop"
  int64_t prompt_tokens = 0;      // vision tokens with newlines and separator included
  int64_t new_tokens = 0;
  double first_token_s = 0;  // from the page's pixels to its first token
  int64_t loop_period = 0;   // tokens; 0 when the end does not repeat
};

/// A loaded network that turns page images into text.
class PageReader {
 public:
  /// What `read` asks and tells. `key` names a page: its text depends on nothing but the page, the
  /// settings and, when sampling, the key.
  struct Client {
    std::function<std::optional<std::pair<uint64_t, data::Image>>()> next;
    std::function<void(uint64_t key, PageText text)> done;
    std::function<void(uint64_t key, const std::string& reason)> failed;
    std::function<void(uint64_t key, std::string_view text)> stream = {};  // may be empty
  };

  /// Throws model::WeightsError, data::DataError (tokenizer) or configs::ConfigError (device,
  /// dtype).
  PageReader(const NetworkConfig& config, size_t threads);
  ~PageReader();
  PageReader(const PageReader&) = delete;
  PageReader& operator=(const PageReader&) = delete;

  /// Reads pages until `next` has no more. A page that does not fit (too long and thin, or more
  /// tokens than the decoder has positions) goes to `failed`, and the rest go on.
  void read(configs::VisionMode mode, const std::string& prompt, const Client& client);

  /// Folder, dtype, device and decoding settings, for reports.
  nlohmann::ordered_json describe() const;
  /// config.json, weights and tokenizer, for manifests.
  std::vector<std::filesystem::path> inputs() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace dsocr::eval
