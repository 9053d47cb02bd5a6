#pragma once

#include <string>
#include <vector>

namespace dsocr::test {

/// The file of these objects, numbered from 1; the first is the catalogue.
inline std::string pdf_of(const std::vector<std::string>& objects) {
  const std::string size = std::to_string(objects.size() + 1);
  std::string pdf = "%PDF-1.4\n", table = "xref\n0 " + size + "\n0000000000 65535 f \n";
  for (size_t i = 0; i < objects.size(); ++i) {
    const std::string offset = std::to_string(pdf.size());
    table += std::string(10 - offset.size(), '0') + offset + " 00000 n \n";
    pdf += std::to_string(i + 1) + " 0 obj\n" + objects[i] + "\nendobj\n";
  }
  const std::string start = std::to_string(pdf.size());
  return pdf + table + "trailer<</Size " + size + "/Root 1 0 R>>\nstartxref\n" + start +
         "\n%%EOF\n";
}

inline std::string pdf_stream(const std::string& content) {
  return "<</Length " + std::to_string(content.size()) + ">>stream\n" + content + "\nendstream";
}

/// A PDF of one page of 72 x 36 points that runs `content`.
inline std::string one_page_pdf(const std::string& content, const std::string& box = "0 0 72 36") {
  return pdf_of({"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
                 "<</Type/Page/Parent 2 0 R/MediaBox[" + box +
                     "]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
                 pdf_stream(content), "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"});
}

/// A PDF of two pages, 72 x 36 points with a red rectangle and 36 x 72 with a blue one.
inline std::string two_pages_pdf() {
  return pdf_of({"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>",
                 "<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 36]/Contents 5 0 R/Resources<<>>>>",
                 "<</Type/Page/Parent 2 0 R/MediaBox[0 0 36 72]/Contents 6 0 R/Resources<<>>>>",
                 pdf_stream("1 0 0 rg 0 0 36 18 re f"), pdf_stream("0 0 1 rg 9 9 18 60 re f")});
}

}  // namespace dsocr::test
