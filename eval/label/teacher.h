#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "configs/view.h"
#include "data/hdf5/page_store.h"
#include "data/label/label_pages.h"
#include "data/label/labeller.h"
#include "eval/read/config.h"
#include "eval/read/page_reader.h"

namespace dsocr::eval {

/// A network that labels pages, as `dsocr data label --with teacher:FOLDER` does.
struct TeacherConfig {
  NetworkConfig network = {};
  configs::VisionMode mode = configs::VisionMode::kBase;
  std::string prompt = "markdown";
};

/// What a network wrote as labels: each reference with one box is a part of the layout (spec:
/// model, section 8.2); an answer without references is one part, the whole page, with a line for
/// each of its lines. Confidences are the geometric means of the tokens' probabilities; the network
/// does not say where words and lines stand: their boxes are those of their part.
data::PageLabels labels_of(const PageText& answer, configs::PageSize page);

/// Labels the pages of a store that the file does not have yet, as data::label_pages() does.
data::LabelPagesResult label_with_network(const data::PageStore& store, const TeacherConfig& config,
                                          std::size_t threads, const std::filesystem::path& file,
                                          const std::function<void()>& progress);

}  // namespace dsocr::eval
