#include "configs/compose.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "configs/build_info.h"
#include "configs/json_text.h"
#include "configs/sha256.h"
#include "tests/configs/sample_config.h"
#include "tests/support/temp_dir.h"

namespace dsocr::configs {
namespace {

using nlohmann::json;

class Compose : public testing::Test {
 protected:
  json load(const std::string& name, const std::vector<std::string>& sets = {}) const {
    return compose(dir_.path() / name, sets, dir_.path() / "presets");
  }
  std::string load_error(const std::string& name) const {
    return config_error([&] { load(name); });
  }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((dir_.path() / name).parent_path());
    dir_.write(name, text);
  }
  std::string at(const std::string& name) const { return (dir_.path() / name).string(); }

  test::TempDir dir_;
};

std::string set_error(const std::string& set) {
  json config = {{"a", {{"b", 1}}}, {"list", {1, 2}}};
  return config_error([&] { apply_set(config, set); });
}

json with_set(json config, const std::string& set) {
  apply_set(config, set);
  return config;
}

TEST_F(Compose, MergesAChainAndTheChildWins) {
  write("root.json", R"({"a": 1, "o": {"x": 1, "y": 2}, "list": [1, 2, 3]})");
  write("middle.json", R"({"extends": "root.json", "o": {"y": 3}, "b": 2})");
  write("leaf.json", R"({"extends": "middle", "list": [9], "a": null})");  // ".json" is optional
  EXPECT_EQ(load("leaf.json"), json::parse(R"({"o": {"x": 1, "y": 3}, "b": 2, "list": [9]})"));
}

TEST_F(Compose, LooksBesideTheNamingFileThenInThePresets) {
  write("presets/eval/fox.json", R"({"from": "preset"})");
  write("presets/eval/deep.json", R"({"extends": "fox"})");  // beside deep.json
  write("e/config.json", R"({"extends": "eval/deep"})");
  EXPECT_EQ(load("e/config.json")["from"], "preset");
  write("e/eval/deep.json", R"({"from": "beside"})");
  EXPECT_EQ(load("e/config.json")["from"], "beside");
  EXPECT_EQ(compose("eval/fox", {}, dir_.path() / "presets")["from"], "preset");
}

TEST_F(Compose, KeepsNullInAFileWithoutParent) {
  write("a.json", R"({"clip": null})");
  EXPECT_EQ(load("a.json"), json::parse(R"({"clip": null})"));
}

TEST_F(Compose, StartsFromNothingWithoutAFile) {
  const std::vector<std::string> sets{"a.b=1", "a.b=2", "c=x"};
  EXPECT_EQ(compose("", sets), json::parse(R"({"a": {"b": 2}, "c": "x"})"));
  EXPECT_EQ(compose("", {}), json::object());
}

TEST_F(Compose, AppliesSetsAfterTheFiles) {
  write("a.json", R"({"extends": "b.json", "x": 1})");
  write("b.json", R"({"runs": [{"mode": "tiny"}]})");
  EXPECT_EQ(load("a.json", {"runs[0].mode=base", "x=2"}),
            json::parse(R"({"runs": [{"mode": "base"}], "x": 2})"));
}

TEST_F(Compose, RefusesCycles) {
  write("a.json", R"({"extends": "b"})");
  write("b.json", R"({"extends": "./a.json"})");
  EXPECT_EQ(load_error("a.json"), "config: extends: files extend each other in a circle: " +
                                      std::filesystem::canonical(at("a.json")).string());
  write("self.json", R"({"extends": "self"})");
  EXPECT_NE(load_error("self.json").find("circle"), std::string::npos);
}

TEST_F(Compose, NamesMissingFiles) {
  EXPECT_EQ(load_error("none"), "config: no file '" + at("none") + "' (tried " + at("none") + ", " +
                                    at("none.json") + ")");
  write("a.json", R"({"extends": "gone"})");
  const std::string message = load_error("a.json");
  EXPECT_EQ(message.rfind("config: extends: no file 'gone' (tried ", 0), 0u) << message;
  for (const char* tried : {"/gone,", "/gone.json,", "/presets/gone,", "/presets/gone.json)"}) {
    EXPECT_NE(message.find(tried), std::string::npos) << message;
  }
}

TEST_F(Compose, RefusesFilesThatAreNoConfig) {
  write("list.json", "[1]");
  EXPECT_NE(load_error("list.json").find("list.json: expected an object"), std::string::npos);
  write("two.json", R"({"extends": ["a", "b"]})");
  EXPECT_EQ(
      load_error("two.json")
          .rfind(R"(config: extends: expected the name of one file, found ["a","b"], in )", 0),
      0u);
  write("parent.json", "{");
  write("child.json", R"({"extends": "parent"})");
  EXPECT_NE(load_error("child.json").find("parent.json:1:2"), std::string::npos);
}

TEST(PresetsDir, IsInTheCheckout) {
  EXPECT_EQ(presets_dir(), build_info().source_dir / "configs" / "presets");
}

TEST(ApplySet, ParsesJsonElseTakesAString) {
  EXPECT_EQ(with_set({}, "a=1"), json::parse(R"({"a": 1})"));
  EXPECT_EQ(with_set({}, "a=1.5e3"), json::parse(R"({"a": 1500.0})"));
  EXPECT_EQ(with_set({}, "a=true"), json::parse(R"({"a": true})"));
  EXPECT_EQ(with_set({}, "a=null"), json::parse(R"({"a": null})"));
  EXPECT_EQ(with_set({}, R"(a=[1, {"b": 2}])"), json::parse(R"({"a": [1, {"b": 2}]})"));
  EXPECT_EQ(with_set({}, R"(a="1")"), json::parse(R"({"a": "1"})"));
  EXPECT_EQ(with_set({}, "a=tiny"), json::parse(R"({"a": "tiny"})"));
  EXPECT_EQ(with_set({}, "a=b=c"), json::parse(R"({"a": "b=c"})"));
  EXPECT_EQ(with_set({}, "a="), json::parse(R"({"a": ""})"));
  EXPECT_EQ(with_set({}, "a=01"), json::parse(R"({"a": "01"})"));
}

TEST(ApplySet, WalksObjectsAndLists) {
  const json config = json::parse(R"({"a": [{"b": 1}, [2, 3]], "n": null})");
  EXPECT_EQ(with_set(config, "a[0].b=5")["a"][0]["b"], 5);
  EXPECT_EQ(with_set(config, "a[1][1]=5")["a"][1], json({2, 5}));
  EXPECT_EQ(with_set(config, "n.x=1")["n"], json({{"x", 1}}));
  EXPECT_EQ(with_set(config, "new.x.y=1")["new"], json::parse(R"({"x": {"y": 1}})"));
}

TEST(ApplySet, RefusesPlacesThatAreNotThere) {
  EXPECT_EQ(set_error("list[2]=1"), "config: list[2]: no such element, the list has 2");
  EXPECT_EQ(set_error("a[0]=1"), "config: a: is not a list, so it has no elements");
  EXPECT_EQ(set_error("a.b.c=1"), "config: a.b: is not an object, so it has no 'c'");
  EXPECT_EQ(set_error("list.b=1"), "config: list: is not an object, so it has no 'b'");
  EXPECT_EQ(set_error("gone[0]=1"), "config: gone: is not a list, so it has no elements");
}

TEST(ApplySet, RefusesMalformedArguments) {
  for (const std::string set : {"a", "=1", ".a=1", "a.=1", "a..b=1", "a[=1", "a[]=1", "a[x]=1",
                                "a[-1]=1", "a[0]b=1", "[0]=1", "a[1x]=1", "a[0].=1"}) {
    EXPECT_EQ(set_error(set),
              "config: cannot read '" + set + "', expected key=value, as in a.b[0].c=1");
  }
  EXPECT_EQ(set_error("a=\xff"), "config: invalid UTF-8 in a key=value argument");
  EXPECT_EQ(set_error(R"(a={"x": 1, "x": 2})"),
            R"(config: x: duplicate key, in 'a={"x": 1, "x": 2}')");
}

TEST(ConfigHash, DependsOnTheContentOnly) {
  const json config = parse_json("{\"b\": 1, // why\n \"a\": {\"d\": 0.1, \"c\": \"x\"}}", "test");
  EXPECT_EQ(config_hash(config), sha256_hex(R"({"a":{"c":"x","d":0.1},"b":1})"));
  const auto ordered = nlohmann::ordered_json::parse(R"({"b": 1, "a": {"d": 0.1, "c": "x"}})");
  EXPECT_EQ(config_hash(ordered), config_hash(config));
  EXPECT_NE(config_hash(json::parse(R"({"b": 1, "a": {"d": 0.1, "c": "y"}})")),
            config_hash(config));
}

}  // namespace
}  // namespace dsocr::configs
