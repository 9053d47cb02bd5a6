#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/label/target.h"

namespace dsocr::train {

/// What the student of a round starts from.
enum class Student { kTeacher, kFresh };

inline std::span<const std::pair<std::string_view, Student>> enum_names(Student) {
  static constexpr std::pair<std::string_view, Student> kNames[] = {{"teacher", Student::kTeacher},
                                                                    {"fresh", Student::kFresh}};
  return kNames;
}

/// Rounds of labelling pages, training on what can be trusted, and looking at what it bought.
struct SelfTrainingConfig {
  std::string unlabelled = {};
  std::vector<std::string> labellers = {"teacher"};
  std::string calibration = {};
  std::vector<std::string> texts = {};
  double target_error = 0.05;
  bool filter = true;
  data::AnswerTarget target = data::AnswerTarget::kPlain;
  bool line_breaks = false;
  double share = 0.5;
  std::int64_t rounds = 3;
  Student student = Student::kTeacher;
  std::string test = {};
  std::string measure = "cer";
  double min_gain = 0.02;

  template <class V>
  void fields(V& v) {
    v("unlabelled", unlabelled, "store of pages without labels, empty: no self-training");
    v("labellers", labellers,
      "engines of `dsocr data label`; teacher is the model of the round before, with its average "
      "of weights where there is one",
      {.min_items = 1});
    v("calibration", calibration,
      "file of `dsocr data label calibrate`, empty: scores are taken as they are");
    v("texts", texts,
      "of the language, none of them of these pages: what is plausible in it helps");
    v("target_error", target_error, "share of wrong characters in what is learnt, at most",
      {.max = 1, .above = 0});
    v("filter", filter, "parts that cannot be trusted are not learnt");
    v("target", target, "what the answer to a labelled page is: plain, markdown, grounded");
    v("line_breaks", line_breaks, "labels keep the ends of lines");
    v("share", share, "of the draws that are labelled pages, the others from data.sources",
      {.max = 1, .above = 0});
    v("rounds", rounds, "at most", {.min = 1, .max = 1000});
    v("student", student, "starts from the teacher, or fresh from `model`");
    v("test", test, "store of pages with texts, which every round's model reads");
    v("measure", measure, "number of the test that should fall");
    v("min_gain", min_gain, "relative fall below which no more rounds are begun", {.min = 0});
  }
};

}  // namespace dsocr::train
