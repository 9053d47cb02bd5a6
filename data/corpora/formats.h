#pragma once

#include "data/corpora/corpora.h"

// The entries of corpora.cpp's table; each is a file of its own.
namespace dsocr::data {

/// A JSON Lines file or array of {"image", "text"} with optional "id", "language", "split", "meta"
/// (an object, kept as it is) and "blocks": [{"category", "box", "order", "text", "confidence",
/// "labeller"}]; images are relative to the file. `dsocr data export` writes it.
std::unique_ptr<Corpus> open_jsonl(const std::filesystem::path&, const CorpusOptions&);

/// Fine-tuning conversations of ms-swift ("images" beside "messages") and Unsloth (the image within
/// a message): one image, and the assistant's answer is its text.
std::unique_ptr<Corpus> open_chat(const std::filesystem::path&, const CorpusOptions&);

/// Fox's English pages (corpora/fox.h).
std::unique_ptr<Corpus> open_fox(const std::filesystem::path&, const CorpusOptions&);

/// OmniDocBench: its JSON file with `images/` beside it. Text of the page: its blocks in reading
/// order.
std::unique_ptr<Corpus> open_omnidocbench(const std::filesystem::path&, const CorpusOptions&);

/// PAGE XML, ALTO and hOCR (corpora/layout_xml.h): one file, or a folder of them, beside the
/// images. Blocks are PAGE's regions, ALTO's blocks and hOCR's paragraphs.
std::unique_ptr<Corpus> open_page_xml(const std::filesystem::path&, const CorpusOptions&);
std::unique_ptr<Corpus> open_alto(const std::filesystem::path&, const CorpusOptions&);
std::unique_ptr<Corpus> open_hocr(const std::filesystem::path&, const CorpusOptions&);

/// A PDF or a folder of them, each page rendered; text and blocks come from the text layer.
std::unique_ptr<Corpus> open_pdf(const std::filesystem::path&, const CorpusOptions&);

/// Office documents, web pages and EPUB, or a folder of them, converted to PDF by LibreOffice when
/// the corpus is opened; pages as open_pdf has them.
std::unique_ptr<Corpus> open_office(const std::filesystem::path&, const CorpusOptions&);

/// A LaTeX source, or a folder of them (those with \documentclass), typeset when the corpus is
/// opened; pages as open_pdf has them.
std::unique_ptr<Corpus> open_latex(const std::filesystem::path&, const CorpusOptions&);

/// Plain text and Markdown (rendered_corpus.h), set as A4 pages.
std::unique_ptr<Corpus> open_text(const std::filesystem::path&, const CorpusOptions&);

}  // namespace dsocr::data
