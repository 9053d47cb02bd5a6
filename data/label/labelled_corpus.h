#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/corpora/corpus.h"
#include "data/hdf5/page_store.h"
#include "data/label/calibrate.h"
#include "data/label/combine.h"
#include "data/label/label_file.h"
#include "data/label/language.h"

namespace dsocr::data {

struct LabelledOptions {
  const Calibration* calibration = nullptr;  // nullptr: none
  const Language* language = nullptr;        // nullptr: all texts are as plausible
  double keep_over = 0;                      // noted in each page's meta data
  bool line_breaks = false;                  // texts keep the ends of lines
  bool glyphs = false;                       // blocks for the characters too, see glyphs_of()
};

/// How texts are voted on, as the calibration was made with. Each may be nullptr.
CombineOptions combine_options(const Calibration* calibration, const Language* language);

/// The pages of a store with what engines say of them: blocks in reading order with the voted text,
/// the share of it that is expected to be right as confidence, and the engines that have it; the
/// page's text is that of the blocks, and its meta data say which versions and models labelled.
/// Without a calibration the confidence is the score of combine(), or that of the only engine. What
/// blocks the store had are gone. A page on which every engine failed cannot be had.
class LabelledCorpus : public Corpus {
 public:
  /// Throws DataError: files of another store, or that lack pages, or of other engines than those
  /// of the calibration; another language than its. `store` and what the options point to must
  /// outlive the corpus.
  LabelledCorpus(const PageStore& store, std::vector<std::unique_ptr<LabelFile>> files,
                 const LabelledOptions& options);

  std::size_t size() const override { return static_cast<std::size_t>(store_.num_pages()); }
  std::string id(std::size_t index) const override;
  Page page(std::size_t index) const override;

  /// Of the engines that did not fail.
  std::vector<EngineLabels> engine_labels(std::size_t index) const;

 private:
  Block block_of(const CombinedRegion& region, const Page& page,
                 std::span<const EngineLabels> engines) const;

  const PageStore& store_;
  std::vector<std::unique_ptr<LabelFile>> files_;
  LabelledOptions options_;
  CombineOptions combine_;
};

}  // namespace dsocr::data
