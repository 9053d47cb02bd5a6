#include "eval/omnidocbench/cdm/cache.h"

#include <sqlite3.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "configs/sha256.h"

namespace dsocr::omnidocbench::cdm {
namespace {

using nlohmann::json;

constexpr int kBusyMilliseconds = 60'000;

json to_json(const CachedFormula& formula) {
  if (!formula) return nullptr;
  json tokens = json::array();
  for (const auto& [token, box] : formula->tokens) {
    json entry{token};
    if (box) entry.insert(entry.end(), {box->left, box->top, box->right, box->bottom});
    tokens.push_back(std::move(entry));
  }
  return {formula->width, formula->height, std::move(tokens)};
}

CachedFormula from_json(const json& value) {
  if (value.is_null()) return std::nullopt;
  TypesetFormula formula{value.at(0), value.at(1), {}};
  for (const auto& entry : value.at(2)) {
    TokenBox token{entry.at(0), std::nullopt};
    if (entry.size() > 1) token.box = Box{entry.at(1), entry.at(2), entry.at(3), entry.at(4)};
    formula.tokens.push_back(std::move(token));
  }
  return formula;
}

}  // namespace

struct BoxCache::Parts {
  std::string name;
  sqlite3* database = nullptr;
  sqlite3_stmt* select = nullptr;
  sqlite3_stmt* insert = nullptr;

  ~Parts() {
    sqlite3_finalize(select);
    sqlite3_finalize(insert);
    sqlite3_close(database);
  }
  void check(int code) const {
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW)
      throw std::runtime_error(name + ": " + sqlite3_errmsg(database));
  }
  void run(const char* statement) const {
    check(sqlite3_exec(database, statement, nullptr, nullptr, nullptr));
  }
  static void bind(sqlite3_stmt* statement, int place, const std::string& text) {
    sqlite3_bind_text(statement, place, text.data(), static_cast<int>(text.size()),
                      SQLITE_TRANSIENT);
  }
};

BoxCache::BoxCache(const std::filesystem::path& file) : parts_(std::make_unique<Parts>()) {
  parts_->name = file.string();
  parts_->check(sqlite3_open(file.c_str(), &parts_->database));
  sqlite3_busy_timeout(parts_->database, kBusyMilliseconds);
  parts_->run("CREATE TABLE IF NOT EXISTS boxes (key TEXT PRIMARY KEY, value TEXT NOT NULL)");
  parts_->check(sqlite3_prepare_v2(parts_->database, "SELECT value FROM boxes WHERE key = ?", -1,
                                   &parts_->select, nullptr));
  parts_->check(sqlite3_prepare_v2(parts_->database,
                                   "INSERT OR REPLACE INTO boxes (key, value) VALUES (?, ?)", -1,
                                   &parts_->insert, nullptr));
}

BoxCache::~BoxCache() = default;

std::string BoxCache::key(Version version, std::string_view coloured, std::string_view programs) {
  // The first number changes with the way that boxes are found.
  std::string text = "1\n";
  text += version == Version::k17 ? "1.7\n" : "1.5\n";
  text += programs;
  text += '\n';
  text += coloured;
  return configs::sha256_hex(text);
}

std::optional<CachedFormula> BoxCache::find(const std::string& key) {
  sqlite3_stmt* statement = parts_->select;
  sqlite3_reset(statement);
  Parts::bind(statement, 1, key);
  const int code = sqlite3_step(statement);
  parts_->check(code);
  if (code != SQLITE_ROW) return std::nullopt;
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, 0));
  const std::string value(bytes, static_cast<size_t>(sqlite3_column_bytes(statement, 0)));
  sqlite3_reset(statement);
  try {
    return from_json(json::parse(value));
  } catch (const json::exception& error) {
    throw std::runtime_error(parts_->name + ": " + error.what());
  }
}

void BoxCache::store(std::span<const std::pair<std::string, CachedFormula>> entries) {
  if (entries.empty()) return;
  parts_->run("BEGIN IMMEDIATE");
  try {
    for (const auto& [key, formula] : entries) {
      sqlite3_reset(parts_->insert);
      Parts::bind(parts_->insert, 1, key);
      Parts::bind(parts_->insert, 2,
                  to_json(formula).dump(-1, ' ', false, json::error_handler_t::replace));
      parts_->check(sqlite3_step(parts_->insert));
    }
    sqlite3_reset(parts_->insert);
    parts_->run("COMMIT");
  } catch (...) {
    sqlite3_exec(parts_->database, "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
}

}  // namespace dsocr::omnidocbench::cdm
