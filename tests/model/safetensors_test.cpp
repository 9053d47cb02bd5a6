#include "model/weights/safetensors.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstring>
#include <random>

#include "model/error.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"

namespace dsocr::model {
namespace {

using Tensors = std::vector<NamedTensor>;

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// A file of the format from its header's text and its data.
std::string file_bytes(const std::string& header, const std::string& data) {
  const std::uint64_t length = header.size();
  std::string bytes(sizeof(length), '\0');
  std::memcpy(bytes.data(), &length, sizeof(length));
  return bytes + header + data;
}

class Safetensors : public testing::Test {
 protected:
  std::filesystem::path file() const { return dir_.path() / "x.safetensors"; }

  SafetensorsFile open_bytes(const std::string& bytes) const {
    return SafetensorsFile(dir_.write("x.safetensors", bytes));
  }

  // What is wrong with a file, without its name.
  std::string problem(const std::string& bytes) const {
    const std::string message = test::thrown_message([&] { open_bytes(bytes); });
    EXPECT_TRUE(message.starts_with(file().string() + ": ")) << message;
    return message.substr(std::min(message.size(), file().string().size() + 2));
  }
  std::string problem(const std::string& header, std::size_t data_bytes) const {
    return problem(file_bytes(header, std::string(data_bytes, '\1')));
  }

  test::TempDir dir_;
};

void expect_same(const at::Tensor& actual, const at::Tensor& expected) {
  EXPECT_EQ(actual.scalar_type(), expected.scalar_type());
  EXPECT_TRUE(at::equal(actual, expected)) << actual << expected;
}

TEST_F(Safetensors, GivesBackEveryTypeAndShape) {
  Tensors tensors;
  for (const auto type : {at::kByte, at::kChar, at::kShort, at::kInt, at::kLong, at::kHalf,
                          at::kBFloat16, at::kFloat, at::kDouble}) {
    tensors.push_back({std::string("odd.") + c10::toString(type), at::arange(5).to(type)});
    tensors.push_back(
        {std::string("3d.") + c10::toString(type), at::arange(24).reshape({2, 3, 4}).to(type)});
  }
  tensors.push_back({"bool", at::tensor({1, 0, 1}, at::kInt).to(at::kBool)});
  tensors.push_back({"scalar", at::scalar_tensor(1.5)});
  tensors.push_back({"empty", at::empty({3, 0, 2})});
  tensors.push_back({"na\"me\n\u4f60", at::ones({1})});
  write_safetensors(file(), tensors, {{"format", "pt"}, {"k\"", "v"}});

  const SafetensorsFile read(file());
  EXPECT_EQ(read.names().size(), tensors.size());
  EXPECT_EQ(read.metadata(), (Metadata{{"format", "pt"}, {"k\"", "v"}}));
  for (const auto& [name, tensor] : tensors) {
    expect_same(read.tensor(name), tensor);
    EXPECT_EQ(read.info(name).shape, tensor.sizes().vec());
    EXPECT_EQ(read.info(name).num_bytes, num_bytes(tensor));
    // Nothing was copied to be aligned: two tensors of a name share their memory.
    if (tensor.numel() > 0 && tensor.scalar_type() != at::kBool) {
      EXPECT_EQ(read.tensor(name).const_data_ptr(), read.tensor(name).const_data_ptr()) << name;
    }
  }
}

TEST_F(Safetensors, KeepsTheOrderOfTensorsOfOneType) {
  const at::Tensor one = at::ones({1});
  write_safetensors(file(), Tensors{{"b", one}, {"z", one.to(at::kByte)}, {"a", one}, {"c", one}});
  EXPECT_EQ(SafetensorsFile(file()).names(), (std::vector<std::string>{"b", "a", "c", "z"}));
}

TEST_F(Safetensors, WritesViewsAndTheSameBytesTwice) {
  const at::Tensor matrix = at::arange(12, at::kFloat).reshape({3, 4});
  const Tensors tensors = {{"t", matrix.t()}, {"cut", matrix.slice(1, 1, 3)}};
  write_safetensors(file(), tensors);
  expect_same(SafetensorsFile(file()).tensor("t"), matrix.t());
  expect_same(SafetensorsFile(file()).tensor("cut"), matrix.slice(1, 1, 3));
  const std::string bytes = read(file());
  write_safetensors(file(), tensors);
  EXPECT_EQ(read(file()), bytes);
}

TEST_F(Safetensors, HeaderIsPaddedSoThatDataIsAligned) {
  write_safetensors(file(), Tensors{{"a", at::ones({2})}});
  EXPECT_EQ(read(file()).substr(8, 56),
            R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}  )");
  EXPECT_EQ(read(file()).size(), 8U + 56U + 8U);
}

TEST_F(Safetensors, TensorOutlivesTheObjectAndIsWritableWithoutTheFile) {
  write_safetensors(file(), Tensors{{"a", at::zeros({1000})}});
  const std::string bytes = read(file());
  at::Tensor tensor;
  {
    const SafetensorsFile read_file(file());
    tensor = read_file.tensor("a");
    tensor.fill_(7);
    expect_same(read_file.tensor("a"), tensor);
  }
  std::filesystem::remove(file());
  EXPECT_EQ(tensor.sum().item<float>(), 7000);
  dir_.write("x.safetensors", bytes);
  EXPECT_EQ(SafetensorsFile(file()).tensor("a").sum().item<float>(), 0);
}

TEST_F(Safetensors, OverwritesTheFileItsTensorsLieIn) {
  write_safetensors(file(), Tensors{{"a", at::ones({1000})}, {"b", at::zeros({1000})}});
  const SafetensorsFile old(file());
  write_safetensors(file(), Tensors{{"b", old.tensor("b")}, {"a", old.tensor("a")}});
  expect_same(SafetensorsFile(file()).tensor("a"), at::ones({1000}));
  expect_same(SafetensorsFile(file()).tensor("b"), at::zeros({1000}));
}

TEST_F(Safetensors, CopiesWhatTheFileDoesNotAlign) {
  const std::string value("\x00\x00\x80\x3f", 4);  // 1.0f
  const auto read = open_bytes(
      file_bytes(R"({"b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]},)"
                 R"("a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]},"__metadata__":{}})",
                 "\x02" + value));
  EXPECT_EQ(read.names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(read.tensor("b").item<float>(), 1);
  expect_same(read.tensor("a"), at::ones({1}, at::kBool));
}

TEST_F(Safetensors, RefusesWhatIsNoSafetensorsFile) {
  EXPECT_EQ(problem(""), "is too short for a safetensors file");
  EXPECT_EQ(problem("1234567"), "is too short for a safetensors file");
  EXPECT_EQ(problem(std::string("\x03\0\0\0\0\0\0\0{}", 10)),
            "is not a safetensors file, or is cut off: a header of 3 bytes in a file of 10");
  EXPECT_EQ(problem(std::string(8, '\xff') + "{}"),
            "is not a safetensors file, or is cut off: a header of 18446744073709551615 bytes in a "
            "file of 10");
  const std::string not_an_object = "is not a safetensors file: its header is not a JSON object";
  EXPECT_EQ(problem("", 0), not_an_object);
  EXPECT_EQ(problem("[]", 0), not_an_object);
  EXPECT_EQ(problem(" {}", 0), not_an_object);
  EXPECT_EQ(problem("\xef\xbb\xbf{}", 0), not_an_object);
  EXPECT_EQ(problem(std::string("{}\0", 3), 0), not_an_object);
  EXPECT_EQ(problem("{", 0), "the header is not JSON at its byte 2");
  EXPECT_EQ(problem("{}}", 0), "the header is not JSON at its byte 3");
  EXPECT_EQ(problem("{\"\xff\"", 0), "the header is not JSON at its byte 3");
  EXPECT_EQ(open_bytes(file_bytes("{}  ", "")).names().size(), 0U);
}

TEST_F(Safetensors, RefusesBadHeaders) {
  const auto tensor = [this](const std::string& fields, std::size_t data_bytes = 4) {
    const std::string text = problem("{\"a\":{" + fields + "}}", data_bytes);
    const std::string start = "tensor \"a\": ";
    EXPECT_TRUE(text.starts_with(start)) << text;
    return text.substr(std::min(start.size(), text.size()));
  };
  const std::string f32 = R"("dtype":"F32",)";
  const std::string one = R"("dtype":"F32","shape":[1],)";
  EXPECT_EQ(tensor(""), "has no dtype");
  EXPECT_EQ(tensor(R"("dtype":"F32","shape":[1])"), "has no data_offsets");
  EXPECT_EQ(tensor(R"("dtype":"F8")"), "unknown dtype \"F8\"");
  EXPECT_EQ(tensor(R"("dtype":1)"), "a number stands where none belongs");
  EXPECT_EQ(tensor(R"("dtype":["F32"])"), "a list stands where none belongs");
  EXPECT_EQ(tensor(f32 + f32), "the key \"dtype\" stands twice");
  EXPECT_EQ(tensor(f32 + R"("strides":[1])"), "unknown key \"strides\"");
  EXPECT_EQ(tensor(R"("shape":"1")"), "a text stands where none belongs");
  EXPECT_EQ(tensor(R"("shape":null)"), "null stands where none belongs");
  EXPECT_EQ(tensor(R"("shape":[true])"), "true or false stands where none belongs");
  EXPECT_EQ(tensor(R"("shape":[-1])"), "a number is negative");
  EXPECT_EQ(tensor(R"("shape":[1.0])"), "a number is not whole");
  EXPECT_EQ(tensor(R"("shape":[[1]])"), "a list stands where none belongs");
  EXPECT_EQ(tensor(R"("shape":[{}])"), "an object stands where none belongs");
  EXPECT_EQ(tensor(R"("shape":[9223372036854775808])"), "a number is too large");
  EXPECT_EQ(tensor(R"("shape":[99999999999999999999])"), "a number is not whole");
  EXPECT_EQ(tensor(f32 + R"("shape":[9223372036854775807],"data_offsets":[0,4])"),
            "the shape is too large");
  EXPECT_EQ(tensor(f32 + R"("shape":[4294967296,4294967296,0],"data_offsets":[0,0])"),
            "the shape is too large");
  std::string ones = "1";
  for (int i = 0; i < 64; ++i) ones += ",1";
  EXPECT_EQ(tensor("\"shape\":[" + ones + "]"), "has too many dimensions");
  EXPECT_EQ(tensor(one + R"("data_offsets":[0])"), "data_offsets must be two numbers");
  EXPECT_EQ(tensor(one + R"("data_offsets":[0,4,4])"), "data_offsets must be two numbers");
  EXPECT_EQ(tensor(one + R"("data_offsets":[4,0])"), "data_offsets end before they begin");
  EXPECT_EQ(tensor(one + R"("data_offsets":[0,4])", 3),
            "its data ends at byte 4 of 3: the file is cut off");
  EXPECT_EQ(tensor(one + R"("data_offsets":[0,3])"),
            "its shape needs 4 bytes, data_offsets give 3");
  EXPECT_EQ(tensor(one + R"("data_offsets":[4,8])", 8), "there is a gap before its data");
  EXPECT_EQ(problem("{\"a\":{" + one + R"("data_offsets":[0,4]}})", 6),
            "2 bytes follow the last tensor");
  EXPECT_EQ(problem("{}", 1), "1 bytes follow the last tensor");
  EXPECT_EQ(problem("{\"a\":1}", 0), "tensor \"a\": a number stands where none belongs");

  const std::string good = "{" + one + R"("data_offsets":[0,4]})";
  EXPECT_EQ(problem("{\"a\":" + good + ",\"b\":" + good + "}", 4),
            "tensor \"b\": its data overlaps with another tensor's");
  EXPECT_EQ(problem("{\"a\":" + good + ",\"\\u0061\":" + good + "}", 4), "\"a\" stands twice");
  EXPECT_EQ(problem(R"({"__metadata__":{},"__metadata__":{}})", 0),
            "\"__metadata__\" stands twice");
  EXPECT_EQ(problem(R"({"__metadata__":{"a":"b","a":"c"}})", 0),
            "__metadata__: the key \"a\" stands twice");
  EXPECT_EQ(problem(R"({"__metadata__":{"a":1}})", 0),
            "__metadata__: a number stands where none belongs");
  EXPECT_EQ(problem(R"({"__metadata__":{"a":{}}})", 0),
            "__metadata__: an object stands where none belongs");
  EXPECT_EQ(problem(R"({"__metadata__":[]})", 0), "__metadata__: a list stands where none belongs");
  EXPECT_EQ(problem("{\"a\":" + std::string(1'000'000, '['), 0),
            "tensor \"a\": a list stands where none belongs");
  const std::string long_name(1'000'000, 'x');
  EXPECT_LT(problem("{\"" + long_name + "\":1}", 0).size(), 200U);
}

TEST_F(Safetensors, NamesTheTensorsAtFault) {
  try {
    open_bytes(file_bytes(R"({"a":{"dtype":"?"}})", ""));
    FAIL() << "nothing was thrown";
  } catch (const WeightsError& error) {
    EXPECT_EQ(error.names(), std::vector<std::string>{"a"});
  }
  const auto read = open_bytes(file_bytes("{}", ""));
  EXPECT_EQ(test::thrown_message([&] { read.tensor("b"); }),
            file().string() + ": has no tensor \"b\"");
}

TEST_F(Safetensors, RefusesWhatIsNoFile) {
  const auto message = [](const std::filesystem::path& path) {
    return test::thrown_message([&] { const SafetensorsFile opened(path); });
  };
  const std::string missing = (dir_.path() / "missing").string();
  EXPECT_EQ(message(missing), missing + ": cannot open: No such file or directory");
  EXPECT_EQ(message(dir_.path()), dir_.path().string() + ": cannot read: Is a directory");
  EXPECT_EQ(message("/dev/null"), "/dev/null: is not a regular file");
}

// The file either opens, and then every tensor lies inside it, or is refused.
void open_or_refuse(const std::filesystem::path& file) {
  try {
    const SafetensorsFile opened(file);
    std::int64_t bytes = 0;
    for (const std::string& name : opened.names()) {
      const at::Tensor tensor = opened.tensor(name);
      EXPECT_EQ(tensor.sizes(), at::IntArrayRef(opened.info(name).shape));
      bytes += num_bytes(tensor);
      if (tensor.numel() > 0) tensor.to(at::kDouble).sum().item<double>();
    }
    EXPECT_LE(bytes, static_cast<std::int64_t>(std::filesystem::file_size(file)));
  } catch (const WeightsError&) {  // refused: fine
  }
}

TEST_F(Safetensors, SurvivesDamage) {
  write_safetensors(file(),
                    Tensors{{"weight", at::ones({2, 3})},
                            {"index", at::arange(3)},
                            {"half", at::ones({4, 1, 0}, at::kHalf)},
                            {"flags", at::ones({5}, at::kBool)}},
                    {{"format", "pt"}});
  const std::string bytes = read(file());
  for (std::size_t size = bytes.size(); size-- > 0;) {
    std::filesystem::resize_file(file(), size);
    EXPECT_THROW(SafetensorsFile{file()}, WeightsError) << size;
  }
  dir_.write("x.safetensors", bytes);
  const std::size_t header_end = bytes.size() - 24 - 24 - 5;
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::string damaged = bytes;
    for (auto flips = 1 + random() % 3; flips > 0; --flips) {
      damaged[random() % header_end] = static_cast<char>(random());
    }
    // In place: file systems bring a file to the disk that is cut off and written again.
    std::fstream(file(), std::ios::in | std::ios::out | std::ios::binary)
        .write(damaged.data(), static_cast<std::streamsize>(header_end));
    open_or_refuse(file());
  }
}

TEST_F(Safetensors, RefusesToWriteWhatTheFormatLacks) {
  const auto message = [this](const Tensors& tensors) {
    return test::thrown_message([&] { write_safetensors(file(), tensors); });
  };
  const std::string start = file().string() + ": cannot write tensor \"a\": ";
  const at::Tensor one = at::ones({1});
  EXPECT_EQ(message({{"a", one}, {"a", one}}), start + "the name stands twice");
  EXPECT_EQ(message({{"a", {}}}), start + "it is undefined");
  EXPECT_EQ(message({{"a", one.to(at::kComplexFloat)}}),
            start + "safetensors has no type ComplexFloat");
  EXPECT_EQ(message({{"a", one.to_sparse()}}), start + "it is not a strided tensor");
  EXPECT_EQ(message({{"__metadata__", one}}),
            file().string() + ": cannot write tensor \"__metadata__\": the name is reserved");
  EXPECT_EQ(message({{"\xff", one}}),
            file().string() + ": cannot write: a tensor's name or the metadata is not valid UTF-8");
  EXPECT_TRUE(std::filesystem::is_empty(dir_.path()));
}

TEST_F(Safetensors, FailedWriteLeavesTheOldFileAndNoOther) {
  write_safetensors(file(), Tensors{{"a", at::ones({1})}});
  const std::string bytes = read(file());
  rlimit old_limit{};
  getrlimit(RLIMIT_FSIZE, &old_limit);
  const rlimit limit{4096, old_limit.rlim_max};
  auto* const old_handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &limit);
  const std::string message = test::thrown_message([&] {
    write_safetensors(file(), Tensors{{"a", at::ones({10'000})}});
  });
  setrlimit(RLIMIT_FSIZE, &old_limit);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(message, file().string() + ": cannot write: File too large");
  EXPECT_EQ(read(file()), bytes);
  std::filesystem::remove(file());
  EXPECT_TRUE(std::filesystem::is_empty(dir_.path()));

  const std::string nowhere = (dir_.path() / "missing" / "x.safetensors").string();
  EXPECT_EQ(test::thrown_message([&] { write_safetensors(nowhere, {}); }),
            nowhere + ": cannot write: No such file or directory");
}

}  // namespace
}  // namespace dsocr::model
