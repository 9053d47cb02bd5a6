#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "data/label/language.h"
#include "eval/label/teacher.h"
#include "experiments/make_store.h"

namespace dsocr {

/// How `dsocr data label` labels pages.
struct LabellingOptions {
  std::string store;                         // of the pages
  std::vector<std::string> labellers;        // ppocr, tesseract:eng, teacher:FOLDER, ...
  std::filesystem::path files = {};          // folder of the label files
  std::filesystem::path teacher_files = {};  // of those by networks; empty: the same
  eval::TeacherConfig teacher = {};          // of the teachers, but for their folders
  std::string calibration = {};              // file; empty: none
  std::vector<std::string> texts = {};       // of the language, see data::Texts
  double target_error = 0.05;                // of what is kept
  bool line_breaks = false;                  // texts keep the ends of lines
  bool glyphs = false;                       // with the places of characters
  double page_limit_s = 60;                  // for one engine on one page
};

/// What each engine says of the pages of the store, in files of their own. Goes on with files that
/// are there. Throws DataError: an engine that cannot be started, files of another store or engine.
std::vector<std::filesystem::path> label_with_all(const LabellingOptions& options,
                                                  std::size_t threads, std::ostream& out);

/// The labels together as a store, `options.files` then done as above.
void label_store(const LabellingOptions& options, StoreOptions store,
                 const std::vector<std::string>& command_line, std::ostream& out,
                 std::ostream& err);

/// What `options.texts` tell of the language; nothing without any.
std::optional<data::Language> language_of(const LabellingOptions& options);

/// The program that runs engines: beside this one, or what DSOCR_LABELLER names.
std::filesystem::path labeller_program();

}  // namespace dsocr
