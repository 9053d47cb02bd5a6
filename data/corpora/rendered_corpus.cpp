#include "data/corpora/rendered_corpus.h"

#include <tbb/parallel_for.h>

#include <algorithm>

#include "configs/nearest.h"
#include "configs/seed.h"
#include "data/corpora/texts.h"
#include "data/error.h"
#include "data/hdf5/page_store.h"
#include "data/records.h"
#include "data/render/density.h"
#include "data/render/renderer.h"
#include "data/render/typeset.h"
#include "data/text/utf8.h"

namespace dsocr::data {
namespace {

// Pages of a document are told apart by the low bits of a key.
constexpr int kPageBits = 24;

std::vector<Element> parse(const std::string& text, bool markdown, const TextConfig& config,
                           const std::filesystem::path& file, const std::string& sample) {
  if (const auto place = find_invalid_utf8(text))
    throw DataError(file, sample, "is not UTF-8 at byte " + std::to_string(*place));
  try {
    return markdown ? parse_markdown(text) : parse_plain(text, config.join_lines);
  } catch (const DataError& error) {
    throw DataError(file, sample, error.what());
  }
}

void add_records(const std::filesystem::path& file, const TextConfig& config,
                 std::vector<Document>& documents) {
  for (const Record& record : read_records(file)) {
    const nlohmann::json& json = record.json();
    Document document{.id = record.place()};
    for (const char* key : {"id", "image"})
      if (document.id == record.place() && json.contains(key)) document.id = record.string(key);
    if (json.contains("language")) document.language = record.string("language");
    document.elements = parse(record.string("text"), config.format == TextFormat::kMarkdown, config,
                              file, document.id);
    documents.push_back(std::move(document));
  }
}

void add_pages(const std::filesystem::path& file, const TextConfig& config,
               std::vector<Document>& documents) {
  const PageStore store(file);
  for (std::uint64_t i = 0; i < store.num_pages(); ++i) {
    const PageRecord record = store.record(i);
    const std::string id = store.id(record);
    documents.push_back(
        {.id = id,
         .language = language_of(record),
         .elements =
             parse(store.text(record), config.format == TextFormat::kMarkdown, config, file, id)});
  }
}

std::vector<Document> read_documents(const std::filesystem::path& source,
                                     const TextConfig& config) {
  std::vector<Document> documents;
  const auto add = [&](const std::filesystem::path& file, const std::string& name) {
    const bool markdown = config.format == TextFormat::kMarkdown || ending_of(file) == ".md";
    documents.push_back(
        {.id = name, .elements = parse(read_file(file), markdown, config, file, "")});
  };
  if (!std::filesystem::is_directory(source)) {
    if (ending_of(source) == ".jsonl" || ending_of(source) == ".json")
      add_records(source, config, documents);
    else if (ending_of(source) == ".h5")
      add_pages(source, config, documents);
    else
      add(source, source.filename().string());
    return documents;
  }
  for (const auto& file : text_files(source))
    add(file, std::filesystem::relative(file, source).generic_string());
  return documents;
}

// Fontconfig gives another font for one that is not there, so that nobody would notice.
void require_fonts(const std::vector<std::string>& wanted) {
  const std::vector<std::string> installed = thread_typesetter().families();
  for (const std::string& family : wanted)
    if (!std::binary_search(installed.begin(), installed.end(), family)) {
      const auto near = configs::nearest(family, installed);
      throw DataError(
          "", "",
          "font '" + family + "' is not installed, " +
              (near ? "did you mean '" + *near + "'?" : "`fc-list : family` tells what is"));
    }
}

void check(const std::filesystem::path& source, const RenderConfig& config,
           const Tokenizer* tokenizer) {
  const TextConfig& text = config.text;
  const bool has_tokens = std::any_of(config.tokens.begin(), config.tokens.end(),
                                      [](std::int64_t tokens) { return tokens > 0; });
  const auto refuse = [](const std::string& reason) { throw DataError("", "", reason); };
  if (has_tokens && tokenizer == nullptr) refuse("tokens needs a tokenizer");
  if (source.empty() == (text.generate == Generator::kNone))
    refuse("pages come from a source or from text.generate, one of them");
  if (text.generate != Generator::kNone && config.pages == 0)
    refuse("text.generate needs a number of pages");
  if (text.generate != Generator::kNone && !has_tokens && config.page.height[0] == 0)
    refuse("text.generate needs a number of tokens or a page.height");
  if (text.list.empty() &&
      (text.generate == Generator::kSalad || text.distortion == Distortion::kSubstitute))
    refuse("text.list is needed for salad and for substitute");
}

}  // namespace

RenderedCorpus::RenderedCorpus(const std::filesystem::path& source, const RenderConfig& config,
                               const Tokenizer* tokenizer, const Prepared& prepared)
    : config_(config), tokenizer_(tokenizer) {
  check(source, config, tokenizer);
  require_fonts(config.font.family);
  if (config.text.generate == Generator::kSalad) words_ = WordList::read(config.text.list);
  if (config.text.generate != Generator::kNone) {
    for (std::uint64_t i = 0; i < config.pages; ++i) pages_.push_back({i, 0});
    style_of(0, 0);  // throws for a config that contradicts itself
    return;
  }
  Substitutes substitutes;
  if (config.text.distortion == Distortion::kSubstitute)
    substitutes = read_substitutes(config.text.list);
  documents_ = read_documents(source, config.text);
  for (std::size_t i = 0; i < documents_.size(); ++i) {
    Random random(configs::derive_seed(config.seed, "render.distort", i));
    distort(documents_[i].elements, config.text.distortion, config.text.share, substitutes, random);
  }
  std::vector<std::vector<PageSpec>> pages(documents_.size());
  tbb::parallel_for(std::size_t{0}, documents_.size(), [&](std::size_t i) {
    pages[i] = paginate(i);
    if (prepared) prepared(documents_.size());
  });
  for (std::vector<PageSpec>& of_document : pages) {
    num_too_short_ += of_document.empty() ? 1 : 0;
    for (PageSpec& page : of_document)
      if (config.pages == 0 || pages_.size() < config.pages) pages_.push_back(std::move(page));
  }
}

PageStyle RenderedCorpus::style_of(std::size_t document, std::uint64_t number) const {
  PageStyle style =
      draw_style(config_, (static_cast<std::uint64_t>(document) << kPageBits) + number);
  if (!documents_.empty() && !documents_[document].language.empty())
    style.language = documents_[document].language;
  return style;
}

// More words than the page takes.
Document RenderedCorpus::generate(std::size_t index, const PageStyle& style) const {
  Random random(configs::derive_seed(config_.seed, "render.generate", index));
  const std::size_t count =
      style.tokens > 0 ? static_cast<std::size_t>(style.tokens) + 1 : most_characters(style) / 2;
  Document document{.id = id(index)};
  document.elements.push_back(
      {.text = words_ ? salad(count, *words_, random) : random_words(count, random)});
  return document;
}

RenderedCorpus::PageSpec RenderedCorpus::next_page(const Document& document, PageSpec page) const {
  const PageStyle style = style_of(page.document, page.number);
  if (style.tokens > 0) {
    const Filling filling = fill_tokens(document, page.from, style.tokens, *tokenizer_);
    page.to = filling.end;
    page.tokens = filling.full ? filling.tokens : 0;
    return page;
  }
  // Not more of a long document than can be needed.
  std::size_t end = page.from.element, bytes = 0;
  const std::size_t most = most_characters(style);
  while (end < document.elements.size() && bytes / 4 <= most)
    bytes += document.elements[end++].text.size();
  page.to = {end, 0};
  do {
    const std::vector<Element> elements = cut(document, page.from, page.to);
    const Place full = thread_typesetter().set(elements, style).end;
    if (full >= Place{elements.size(), 0}) break;
    page.to = {page.from.element + full.element,
               full.byte + (full.element == 0 ? page.from.byte : 0)};
    // The last word may break elsewhere than it did before the next ones, and take another line.
  } while (page.to.byte > 0);
  return page;
}

std::vector<RenderedCorpus::PageSpec> RenderedCorpus::paginate(std::size_t index) const {
  const Document& document = documents_[index];
  std::vector<PageSpec> pages;
  Place from{};
  while (from.element < document.elements.size() && pages.size() < (std::size_t{1} << kPageBits) &&
         (config_.pages == 0 || pages.size() < config_.pages)) {
    PageSpec page{index, pages.size(), from};
    try {
      page = next_page(document, page);
      const bool asked = style_of(index, page.number).tokens > 0;
      if (asked && page.tokens == 0) break;
    } catch (const DataError& error) {
      if (!error.recoverable()) throw;
      page.error = error.what();
      page.to = {from.element + 1, 0};
    }
    from = skip_blanks(document, page.to);
    pages.push_back(std::move(page));
  }
  return pages;
}

std::string RenderedCorpus::id(std::size_t index) const {
  const PageSpec& page = pages_[index];
  if (documents_.empty()) {
    const char* name = config_.text.generate == Generator::kSalad ? "salad" : "random";
    return name + ("#" + std::to_string(page.document + 1));
  }
  return documents_[page.document].id + "#" + std::to_string(page.number + 1);
}

Page RenderedCorpus::page(std::size_t index) const {
  PageSpec page = pages_[index];
  try {
    if (!page.error.empty()) throw DataError("", "", page.error, /*recoverable=*/true);
    const PageStyle style = style_of(page.document, page.number);
    Document generated;
    if (documents_.empty()) {
      generated = generate(index, style);
      page = next_page(generated, page);
    }
    const Document& document = documents_.empty() ? generated : documents_[page.document];
    const RenderNotes notes{.glyphs = config_.glyphs, .line_breaks = config_.line_breaks};
    return to_page(render(cut(document, page.from, page.to), style, config_.mode, notes), id(index),
                   page.tokens);
  } catch (const DataError& error) {
    throw DataError("", id(index), error.what(), error.recoverable());
  }
}

}  // namespace dsocr::data
