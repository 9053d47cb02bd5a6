#include "data/label/tesseract_engine.h"

#include <leptonica/allheaders.h>
#include <omp.h>
#include <tesseract/baseapi.h>

#include <algorithm>
#include <cmath>

#include "data/error.h"
#include "data/image/resize.h"
#include "data/label/tesseract_results.h"

namespace dsocr::data {
namespace {

// The layout is analysed with lengths in inches, which a picture does not tell: a page is taken to
// be as high as A4. Tesseract is made for 300 dpi; pages with less are enlarged.
constexpr double kPageInches = 11.69;
constexpr double kDpi = 300;
constexpr double kMaxEnlargement = 4;
// Tesseract counts pixels of a side in 16 bits.
constexpr double kMaxSidePixels = 32'000;

// Messages of Tesseract and Leptonica go to the standard error unless all of the process is told
// otherwise. Returns where Tesseract looks for data.
std::filesystem::path silence() {
  setMsgSeverity(L_SEVERITY_NONE);
  tesseract::TessBaseAPI api;
  api.SetVariable("debug_file", "/dev/null");
  // The file is opened by the first message, and the folder looked up, by asking for what is not
  // there.
  api.Init(nullptr, "none");
  return api.GetDatapath();
}

// OpenMP would start four threads for each row of weights. No limit that a caller can set reaches
// them but the depth of parallel regions, which counts for the calling thread only.
class OneThread {
 public:
  OneThread() : levels_before_(omp_get_max_active_levels()) { omp_set_max_active_levels(0); }
  ~OneThread() { omp_set_max_active_levels(levels_before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int levels_before_;
};

// The analysis of the layout finds out whether lines run along the page or across it, but not
// where their upper side is: text upside down reads as garbage, of which it is not sure.
constexpr float kSure = 0.8F;

struct Sureness {
  std::size_t sure = 0, all = 0;  // bytes of words
};

Sureness sureness_of(const PageLabels& labels) {
  Sureness sureness;
  for (const LabelRegion& region : labels.regions) {
    for (const LabelLine& line : region.lines) {
      for (const LabelWord& word : line.words) {
        sureness.all += word.end - word.begin;
        if (word.confidence >= kSure) sureness.sure += word.end - word.begin;
      }
    }
  }
  return sureness;
}

Image turned(const Image& image) {
  Image upside_down{.width = image.width, .height = image.height};
  upside_down.rgb.reserve(image.rgb.size());
  for (auto pixel = image.rgb.end(); pixel != image.rgb.begin(); pixel -= 3)
    upside_down.rgb.insert(upside_down.rgb.end(), pixel - 3, pixel);
  return upside_down;
}

// Boxes of the turned page on the page.
void turn_back(PageLabels& labels, const Image& image) {
  const auto width = static_cast<float>(image.width), height = static_cast<float>(image.height);
  const auto turn = [&](PixelBox& box) {
    box = {width - box.right, height - box.bottom, width - box.left, height - box.top};
  };
  for (LabelRegion& region : labels.regions) {
    turn(region.box);
    for (LabelLine& line : region.lines) {
      turn(line.box);
      for (LabelWord& word : line.words) turn(word.box);
    }
  }
}

double scale_of(const Image& image) {
  const auto longest = static_cast<double>(std::max(image.width, image.height));
  const double wanted = std::clamp(kDpi * kPageInches / longest, 1.0, kMaxEnlargement);
  return std::min(wanted, kMaxSidePixels / longest);
}

std::int64_t scaled(std::int64_t side, double scale) {
  return std::max<std::int64_t>(1, std::llround(static_cast<double>(side) * scale));
}

}  // namespace

struct TesseractEngine::Api {
  tesseract::TessBaseAPI base = {};
};

std::filesystem::path tesseract_folder() {
  static const std::filesystem::path folder = silence();
  return folder;
}

std::filesystem::path tesseract_file(const std::filesystem::path& folder,
                                     const std::string& language) {
  return folder / (language + ".traineddata");
}

TesseractEngine::TesseractEngine(const std::filesystem::path& folder,
                                 const std::vector<std::string>& languages)
    : api_(std::make_unique<Api>()) {
  std::string joined;
  for (const std::string& language : languages) joined += (joined.empty() ? "" : "+") + language;
  const bool failed =
      api_->base.Init(folder.c_str(), joined.c_str(), tesseract::OEM_LSTM_ONLY) != 0;
  const std::vector<std::string> now = failed ? std::vector<std::string>() : loaded();
  // It goes on without a further language that cannot be loaded.
  for (const std::string& language : languages)
    if (std::find(now.begin(), now.end(), language) == now.end())
      throw DataError(tesseract_file(folder, language), "",
                      "cannot be loaded by Tesseract: it is damaged, or has no LSTM network");
}

TesseractEngine::~TesseractEngine() = default;

std::vector<std::string> TesseractEngine::loaded() const {
  std::vector<std::string> names;
  api_->base.GetLoadedLanguagesAsVector(&names);
  return names;
}

PageLabels TesseractEngine::recognize(const Image& image) {
  const double scale = scale_of(image);
  const Image enlarged =
      scale == 1 ? image : resize(image, scaled(image.width, scale), scaled(image.height, scale));
  tesseract::TessBaseAPI& api = api_->base;
  api.SetPageSegMode(tesseract::PSM_AUTO);
  const auto width = static_cast<int>(enlarged.width);
  const auto height = static_cast<int>(enlarged.height);
  api.SetImage(enlarged.rgb.data(), width, height, 3, 3 * width);
  api.SetSourceResolution(static_cast<int>(std::lround(std::max(width, height) / kPageInches)));
  if (api.Recognize(nullptr) != 0)
    throw DataError("", "", "Tesseract failed to read the page", /*recoverable=*/true);
  PageLabels labels;
  const std::unique_ptr<tesseract::ResultIterator> results(api.GetIterator());
  if (results != nullptr)
    labels = tesseract_results(*results, {width, height, image.width, image.height});
  api.Clear();
  return labels;
}

PageLabels TesseractEngine::read(const Image& image) {
  const OneThread one_thread;
  PageLabels labels = recognize(image);
  const Sureness upright = sureness_of(labels);
  if (2 * upright.sure >= upright.all) return labels;
  PageLabels upside_down = recognize(turned(image));
  if (sureness_of(upside_down).sure <= upright.sure) return labels;
  turn_back(upside_down, image);
  return upside_down;
}

}  // namespace dsocr::data
