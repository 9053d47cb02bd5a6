#pragma once

#include <array>
#include <optional>
#include <string_view>

// Results of others, quoted; a number is comparable only within one version of the evaluator.
namespace dsocr::eval {

/// Edit distances of a language: overall, text, formula, table, order.
using QuotedEdits = std::array<double, 5>;

/// Table 3 of the DeepSeek-OCR paper (arXiv 2510.18234), by the evaluator v1.0. `vision_tokens`: a
/// page's mean, 0 where the paper gives none.
struct QuotedPaperRow {
  std::string_view model;
  int vision_tokens;
  QuotedEdits english, chinese;
};

inline constexpr std::array kOmniDocBenchPaper{
    QuotedPaperRow{"Nougat", 2352, {.452, .365, .488, .572, .382}, {.973, .998, .941, 1, .954}},
    QuotedPaperRow{
        "SmolDocling", 392, {.493, .262, .753, .729, .227}, {.816, .838, .997, .907, .522}},
    QuotedPaperRow{
        "InternVL2-76B", 6790, {.440, .353, .543, .547, .317}, {.443, .290, .701, .555, .228}},
    QuotedPaperRow{
        "Qwen2.5-VL-7B", 3949, {.316, .151, .376, .598, .138}, {.399, .243, .500, .627, .226}},
    QuotedPaperRow{"OLMOCR", 3949, {.326, .097, .455, .608, .145}, {.469, .293, .655, .652, .277}},
    QuotedPaperRow{
        "GOT-OCR2.0", 256, {.287, .189, .360, .459, .141}, {.411, .315, .528, .520, .280}},
    QuotedPaperRow{
        "OCRFlux-3B", 3949, {.238, .112, .447, .269, .126}, {.349, .256, .716, .162, .263}},
    QuotedPaperRow{"GPT-4o", 0, {.233, .144, .425, .234, .128}, {.399, .409, .606, .329, .251}},
    QuotedPaperRow{
        "InternVL3-78B", 6790, {.218, .117, .380, .279, .095}, {.296, .210, .533, .282, .161}},
    QuotedPaperRow{
        "Qwen2.5-VL-72B", 3949, {.214, .092, .315, .341, .106}, {.261, .180, .434, .262, .168}},
    QuotedPaperRow{
        "Gemini2.5-Pro", 0, {.148, .055, .356, .130, .049}, {.212, .168, .439, .119, .121}},
    QuotedPaperRow{
        "MinerU2.0", 6790, {.133, .045, .273, .150, .066}, {.238, .115, .506, .209, .122}},
    QuotedPaperRow{
        "dots.ocr, 200 dpi", 5545, {.125, .032, .329, .099, .040}, {.160, .066, .416, .092, .067}},
    QuotedPaperRow{
        "DeepSeek-OCR Tiny", 64, {.386, .373, .469, .422, .283}, {.361, .307, .635, .266, .236}},
    QuotedPaperRow{
        "DeepSeek-OCR Small", 100, {.221, .142, .373, .242, .125}, {.284, .240, .530, .159, .205}},
    QuotedPaperRow{
        "DeepSeek-OCR Base", 256, {.137, .054, .267, .163, .064}, {.240, .205, .474, .100, .181}},
    QuotedPaperRow{
        "DeepSeek-OCR Large", 400, {.138, .054, .277, .152, .067}, {.208, .143, .461, .104, .123}},
    QuotedPaperRow{
        "DeepSeek-OCR Gundam", 795, {.127, .043, .269, .134, .062}, {.181, .097, .432, .089, .103}},
    QuotedPaperRow{"DeepSeek-OCR Gundam-M",
                   1853,
                   {.123, .049, .242, .147, .056},
                   {.157, .087, .377, .080, .085}},
};

/// Types of documents as the ground truth names them, in the order of the paper's Table 4.
inline constexpr std::array<std::string_view, 9> kDocumentTypes{
    "book",       "PPT2PDF",  "research_report",     "colorful_textbook",
    "exam_paper", "magazine", "academic_literature", "note",
    "newspaper"};

/// Table 4 of the paper: edit distance by type of document.
struct QuotedTypesRow {
  std::string_view model;
  std::array<double, kDocumentTypes.size()> edits;
};

inline constexpr std::array kOmniDocBenchTypes{
    QuotedTypesRow{"DeepSeek-OCR Tiny", {.147, .116, .207, .173, .294, .201, .395, .297, .940}},
    QuotedTypesRow{"DeepSeek-OCR Small", {.085, .111, .079, .147, .171, .107, .131, .187, .744}},
    QuotedTypesRow{"DeepSeek-OCR Base", {.037, .080, .027, .100, .130, .073, .052, .176, .645}},
    QuotedTypesRow{"DeepSeek-OCR Large", {.038, .108, .022, .084, .109, .060, .053, .155, .353}},
    QuotedTypesRow{"DeepSeek-OCR Gundam", {.035, .085, .289, .095, .094, .059, .039, .153, .122}},
    QuotedTypesRow{"DeepSeek-OCR Gundam-M", {.052, .090, .034, .091, .079, .079, .048, .100, .099}},
};

/// A row of the leaderboard in the evaluator's README: Overall, text edit distance, CDM, TEDS,
/// TEDS-S (in percent but for the edit distances), order edit distance.
struct QuotedLeaderboardRow {
  std::string_view model, version;  // "1.5", "1.7"
  double overall, text, cdm, teds, teds_s, order;
};

inline constexpr std::array kOmniDocBenchLeaderboard{
    QuotedLeaderboardRow{"PaddleOCR-VL-1.5", "1.5", 94.50, .035, 94.21, 92.76, 95.79, .042},
    QuotedLeaderboardRow{"GLM-OCR", "1.5", 94.35, .045, 93.65, 93.89, 96.50, .047},
    QuotedLeaderboardRow{"PaddleOCR-VL", "1.5", 92.86, .035, 91.22, 90.89, 94.76, .043},
    QuotedLeaderboardRow{"MinerU2.5", "1.5", 90.93, .045, 88.86, 88.44, 92.42, .044},
    QuotedLeaderboardRow{"HunyuanOCR", "1.5", 90.57, .085, 86.01, 94.19, 95.96, .082},
    QuotedLeaderboardRow{"DeepSeek-OCR-2", "1.5", 89.17, .049, 86.85, 85.60, 90.06, .060},
    QuotedLeaderboardRow{"dots.ocr", "1.5", 88.41, .048, 83.22, 86.78, 90.62, .053},
    QuotedLeaderboardRow{"DeepSeek-OCR", "1.5", 87.01, .073, 83.37, 84.97, 88.80, .086},
    QuotedLeaderboardRow{"PP-StructureV3", "1.5", 86.73, .073, 85.79, 81.68, 89.48, .073},
    QuotedLeaderboardRow{"MinerU2-VLM", "1.5", 85.56, .078, 80.95, 83.54, 87.66, .086},
    QuotedLeaderboardRow{"olmOCR", "1.5", 81.79, .096, 86.04, 68.92, 74.77, .121},
    QuotedLeaderboardRow{"MinerU2-pipeline", "1.5", 75.51, .209, 76.55, 70.90, 79.11, .225},
    QuotedLeaderboardRow{"MinerU2.5-Pro", "1.7", 95.75, .036, 97.45, 93.42, 95.92, .120},
    QuotedLeaderboardRow{"GLM-OCR", "1.7", 95.22, .044, 97.18, 92.83, 95.39, .133},
    QuotedLeaderboardRow{"PaddleOCR-VL-1.5", "1.7", 94.93, .038, 96.89, 91.67, 94.37, .130},
    QuotedLeaderboardRow{"MinerU-2.5", "1.7", 93.04, .045, 95.77, 87.88, 91.47, .130},
    QuotedLeaderboardRow{"dots.ocr", "1.7", 90.77, .048, 89.95, 87.18, 90.58, .138},
    QuotedLeaderboardRow{"DeepSeek-OCR 2", "1.7", 90.25, .050, 91.84, 83.89, 87.75, .144},
    QuotedLeaderboardRow{"HunyuanOCR", "1.7", 89.95, .088, 87.68, 91.01, 93.23, .171},
    QuotedLeaderboardRow{"MinerU-Pipeline", "1.7", 85.75, .063, 83.07, 80.43, 88.22, .154},
};

}  // namespace dsocr::eval
