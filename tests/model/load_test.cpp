#include "model/weights/load.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "configs/error.h"
#include "configs/sha256.h"
#include "model/error.h"
#include "model/memory.h"
#include "model/weights/hf_config.h"
#include "tests/support/read_json.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"
#include "tests/support/tiny_model.h"

namespace dsocr::model {
namespace {

bool same_bits(const DeepseekOcrImpl& a, const DeepseekOcrImpl& b) {
  const auto theirs = b.named_parameters();
  for (const auto& item : a.named_parameters()) {
    const torch::Tensor* other = theirs.find(item.key());
    if (!other || other->scalar_type() != item.value().scalar_type() ||
        !torch::equal(item.value(), *other))
      return false;
  }
  return theirs.size() == a.named_parameters().size();
}

// Whether an address lies in a mapping of the file.
bool lies_in(const void* address, const std::filesystem::path& file) {
  std::ifstream maps("/proc/self/maps");
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0, end = 0;
    char dash = 0;
    std::istringstream(line) >> std::hex >> begin >> dash >> end;
    if (begin <= at && at < end) return line.ends_with(std::filesystem::canonical(file).string());
  }
  return false;
}

class LoadModel : public testing::Test {
 protected:
  std::string bytes_of(const char* file) const {
    std::ifstream in(dir_.path() / file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  WeightsError error() const {
    try {
      load_model(dir_.path());
    } catch (const WeightsError& error) {
      return error;
    }
    throw std::logic_error("nothing was thrown");
  }
  // The saved tensors as a list that may be changed and saved again.
  std::vector<NamedTensor> tensors() const {
    std::vector<NamedTensor> all;
    for (const auto& item : network_->named_parameters())
      all.push_back({item.key(), item.value().detach()});
    return all;
  }
  DeepseekOcr network_ = test::tiny_model();
  const test::TempDir dir_;
  const std::filesystem::path weights_ = dir_.path() / "model.safetensors";
};

TEST_F(LoadModel, GivesTheSavedBits) {
  save_model(*network_, dir_.path());
  DeepseekOcr loaded = load_model(dir_.path());
  EXPECT_TRUE(same_bits(*network_, *loaded));
  EXPECT_EQ(hf_config(loaded->config, "x"), hf_config(network_->config, "x"));
  EXPECT_FALSE(loaded->is_training());
  // Saved again, the same files.
  const test::TempDir again;
  save_model(*loaded, again.path());
  for (const char* file :
       {"model.safetensors", "config.json", "generation_config.json", "processor_config.json"})
    EXPECT_EQ(configs::sha256_hex(bytes_of(file)), configs::sha256_hex([&] {
                std::ifstream in(again.path() / file, std::ios::binary);
                return std::string{std::istreambuf_iterator<char>(in), {}};
              }()))
        << file;
}

TEST_F(LoadModel, KeepsBfloat16AndConvertsWhenAsked) {
  network_->to(torch::kBFloat16);
  save_model(*network_, dir_.path());
  EXPECT_EQ(test::read_json(dir_.path() / "config.json").at("torch_dtype"), "bfloat16");
  EXPECT_TRUE(same_bits(*network_, *load_model(dir_.path())));
  DeepseekOcr wide = load_model(dir_.path(), {.dtype = torch::kFloat32});
  EXPECT_EQ(wide->dtype(), torch::kFloat32);
  wide->to(torch::kBFloat16);
  EXPECT_TRUE(same_bits(*network_, *wide));
}

TEST_F(LoadModel, RoundsFloat32ToBfloat16) {
  save_model(*network_, dir_.path());
  DeepseekOcr loaded = load_model(dir_.path(), {.dtype = torch::kBFloat16});
  network_->to(torch::kBFloat16);
  EXPECT_TRUE(same_bits(*network_, *loaded));
}

TEST_F(LoadModel, MakesFloat32OfFloat16) {
  network_->to(torch::kFloat16);
  save_model(*network_, dir_.path());
  DeepseekOcr loaded = load_model(dir_.path());
  EXPECT_EQ(loaded->dtype(), torch::kFloat32);
  network_->to(torch::kFloat32);
  EXPECT_TRUE(same_bits(*network_, *loaded));
}

// The parameters are the file: no copy, and no way back into it.
TEST_F(LoadModel, MapsTheFile) {
  save_model(*network_, dir_.path());
  const std::string before = bytes_of("model.safetensors");
  {
    DeepseekOcr loaded = load_model(dir_.path());
    const torch::NoGradGuard no_grad;
    for (const auto& item : loaded->named_parameters())
      EXPECT_TRUE(lies_in(item.value().const_data_ptr(), weights_)) << item.key();
    loaded->lm_head->weight.fill_(7);
    EXPECT_EQ(loaded->lm_head->weight.mean().item<float>(), 7);
    DeepseekOcr converted = load_model(dir_.path(), {.dtype = torch::kBFloat16});
    EXPECT_FALSE(lies_in(converted->lm_head->weight.const_data_ptr(), weights_));
  }
  EXPECT_EQ(bytes_of("model.safetensors"), before);
}

TEST_F(LoadModel, TakesPositionIdsAndNothingElse) {
  save_model(*network_, dir_.path());
  std::vector<NamedTensor> all = tensors();
  all.push_back({"model.vision_model.embeddings.position_ids", torch::arange(5)});
  save_checkpoint(dir_.path(), all);
  EXPECT_TRUE(same_bits(*network_, *load_model(dir_.path())));
}

TEST_F(LoadModel, ListsEveryTensorAtFault) {
  save_model(*network_, dir_.path());
  std::vector<NamedTensor> all = tensors();
  std::erase_if(all, [](const NamedTensor& item) { return item.name == "lm_head.weight"; });
  for (NamedTensor& item : all)
    if (item.name == "model.norm.weight") item.tensor = torch::ones({31});
  all.push_back({"model.layers.3.input_layernorm.weight", torch::ones({32})});
  save_checkpoint(dir_.path(), all);
  const WeightsError thrown = error();
  EXPECT_EQ(std::set(thrown.names().begin(), thrown.names().end()),
            (std::set<std::string>{"lm_head.weight", "model.norm.weight",
                                   "model.layers.3.input_layernorm.weight"}));
  for (const std::string& name : thrown.names())
    EXPECT_NE(std::string(thrown.what()).find(name), std::string::npos) << thrown.what();
}

TEST_F(LoadModel, RefusesAFolderWithoutItsParts) {
  EXPECT_EQ(error().what(), (dir_.path() / "config.json").string() + ": cannot open");
  save_model(*network_, dir_.path());
  std::filesystem::remove(weights_);
  EXPECT_NE(std::string(error().what()).find(dir_.path().string()), std::string::npos);
}

TEST_F(LoadModel, RefusesWeightsThatAreNoFloats) {
  save_model(*network_, dir_.path());
  std::vector<NamedTensor> all = tensors();
  for (NamedTensor& item : all) item.tensor = item.tensor.to(torch::kInt32);
  save_checkpoint(dir_.path(), all);
  EXPECT_NE(
      std::string(error().what()).find("model.embed_tokens.weight is Int, not a weight's type"),
      std::string::npos)
      << error().what();
}

// In a process of its own: 100 MB of address space are left to it.
TEST_F(LoadModel, SaysHowMuchMemoryIsMissing) {
  save_model(*network_, dir_.path());
  const auto load_with_little = [&] {
    std::int64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const rlim_t left = static_cast<rlim_t>(pages * sysconf(_SC_PAGESIZE) + 100'000'000);
    const rlimit limit{left, left};
    if (setrlimit(RLIMIT_AS, &limit) != 0) _exit(3);
    try {
      load_model(dir_.path());
    } catch (const WeightsError& error) {
      std::fprintf(stderr, "%s\n", error.what());
      _exit(available_memory() <= 100'000'000 ? 0 : 4);
    }
    _exit(2);
  };
  EXPECT_EXIT(load_with_little(), testing::ExitedWithCode(0),
              "the model needs 0\\.5[0-9] GB of memory.*and 0\\.[01][0-9] GB are available");
  EXPECT_NO_THROW(load_model(dir_.path())) << "with the memory of this process";
}

TEST(Dtype, NamesRoundTrip) {
  EXPECT_EQ(parse_dtype("float32"), torch::kFloat32);
  EXPECT_EQ(parse_dtype("bfloat16"), torch::kBFloat16);
  for (const char* name : {"", "float16", "Float32", "bf16", "float32 "})
    EXPECT_EQ(parse_dtype(name), std::nullopt) << name;
  EXPECT_EQ(dtype_name(torch::kFloat32), "float32");
  EXPECT_EQ(dtype_name(torch::kBFloat16), "bfloat16");
}

TEST(FindDevice, KnowsCpuAndRefusesOtherNames) {
  EXPECT_TRUE(find_device("cpu").is_cpu());
  for (const char* name :
       {"", "gpu", "CPU", "cuda:", "cuda:x", "cuda:-1", "cuda:0 ", "cuda:1000", "cpu:0", "cudax"})
    EXPECT_EQ(test::thrown_message([&] { find_device(name); }),
              std::string("config: device: must be cpu, cuda or cuda:N, not '") + name + "'");
}

TEST(FindDevice, RefusesAGpuThatIsNotThere) {
  if (std::filesystem::exists("/dev/nvidia0")) GTEST_SKIP() << "this machine has one";
  for (const char* name : {"cuda", "cuda:0", "cuda:99"})
    EXPECT_THROW(find_device(name), configs::ConfigError) << name;
}

}  // namespace
}  // namespace dsocr::model
