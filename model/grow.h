#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace dsocr::model {

/// What a vocabulary has gained: for each id from first_id on the old ids of the same text, none
/// for an id without a token. Old ids are below first_id.
struct VocabularyGrowth {
  std::int64_t first_id = 0;
  std::vector<std::vector<std::int32_t>> old_ids = {};

  std::int64_t num_ids() const { return first_id + static_cast<std::int64_t>(old_ids.size()); }
};

/// Rows come in groups that matrix products like.
inline constexpr std::int64_t kRowGroup = 8;

/// Writes the checkpoint of `folder` to `out` with rows for the new ids: as many as before, or as
/// the ids rounded up to kRowGroup, where that is more. In the embedding and in lm_head, a new
/// token's row is the mean of the rows of its old ids (Koto et al. 2021, IndoBERTweet,
/// arXiv:2109.04607; Gee et al. 2022, Fast Vocabulary Transfer, arXiv:2402.09977), so that it
/// starts where its text was, and its logit is the mean of theirs: of the pieces one has no smaller
/// logit, and greedy decoding writes what it wrote, but for rounding. Added rows without a token
/// are the mean of all rows below first_id. Everything else has the same bits and types, and
/// config.json has the new vocab_size. Other files of the folder are copied, except weights,
/// tokenizer.json, the state of a training (state.json) and README.md. Returns the rows. Throws
/// WeightsError naming what is wrong: an old id without a row, a row too few for first_id, a file
/// that cannot be read or written; `out` must not exist.
std::int64_t grow_vocabulary(const std::filesystem::path& folder, const std::filesystem::path& out,
                             const VocabularyGrowth& growth);

}  // namespace dsocr::model
