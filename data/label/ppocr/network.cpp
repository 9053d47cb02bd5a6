#include "data/label/ppocr/network.h"

#include <openvino/openvino.hpp>
#include <sstream>

#include "configs/sha256.h"
#include "data/error.h"

namespace dsocr::data {
namespace {

// OpenVINO tells where in its own source it gave up; the last line says why.
std::string last_line(const std::string& message) {
  std::istringstream lines(message);
  std::string last;
  for (std::string line; std::getline(lines, line);)
    if (line.find_first_not_of(" \t\r") != std::string::npos) last = line;
  return last;
}

void check(const NetworkFile& file) {
  if (!std::filesystem::is_regular_file(file.path))
    throw DataError(file.path, "",
                    "no such file: run `make deps`, or name the folder of the networks with "
                    "DSOCR_LABEL_MODELS");
  // OpenVINO takes many damaged files for good ones.
  const std::string found = configs::sha256_file(file.path);
  if (found != file.sha256)
    throw DataError(file.path, "",
                    "is damaged or another network: its SHA-256 is " + found + ", not " +
                        file.sha256 + "; delete its folder and run `make deps`");
}

}  // namespace

// The build number goes on with the commit: 2026.4.1-22982-e213a147257-releases/2026/4.
std::string openvino_version() {
  const std::string build = ov::get_openvino_version().buildNumber;
  return build.substr(0, build.find('-'));
}

struct Network::Parts {
  NetworkFile file;
  ov::Core core;
  std::shared_ptr<ov::Model> model;
  ov::CompiledModel compiled;
  ov::InferRequest request;
};

Network::Network(const NetworkFile& file) : parts_(std::make_unique<Parts>()) {
  check(file);
  parts_->file = file;
  try {
    parts_->model = parts_->core.read_model(file.path.string());
    // Threads that are bound to cores would all be bound to the same few: engines run side by side.
    parts_->compiled = parts_->core.compile_model(
        parts_->model, "CPU", ov::inference_num_threads(1), ov::num_streams(1),
        ov::hint::enable_cpu_pinning(false), ov::hint::inference_precision(ov::element::f32));
    parts_->request = parts_->compiled.create_infer_request();
  } catch (const std::exception& e) {
    throw DataError(file.path, "", "OpenVINO cannot take it: " + last_line(e.what()));
  }
}

Network::~Network() = default;

const NetworkFile& Network::file() const { return parts_->file; }

std::vector<std::string> Network::classes() const {
  std::istringstream lines(parts_->model->get_rt_info<std::string>("framework", "character"));
  std::vector<std::string> names;
  for (std::string line; std::getline(lines, line);) names.push_back(line);
  return names;
}

std::vector<std::span<const float>> Network::run(const Planes& picture) {
  std::vector<std::span<const float>> outputs;
  try {
    const void* values = picture.values.data();
    parts_->request.set_input_tensor(
        {ov::element::f32, {1, 3, picture.height, picture.width}, values});
    parts_->request.infer();
    for (const auto& port : parts_->compiled.outputs()) {
      const ov::Tensor tensor = parts_->request.get_tensor(port);
      outputs.emplace_back(tensor.data<float>(), tensor.get_size());
    }
  } catch (const std::exception& e) {
    throw DataError(parts_->file.path, "",
                    "cannot take a picture of " + std::to_string(picture.width) + " x " +
                        std::to_string(picture.height) + " pixels: " + last_line(e.what()),
                    /*recoverable=*/true);
  }
  return outputs;
}

}  // namespace dsocr::data
