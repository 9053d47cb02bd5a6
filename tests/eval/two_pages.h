#pragma once

#include <string>
#include <vector>

namespace dsocr::test {

/// A PDF of two pages, 72 x 36 points with a red rectangle and 36 x 72 with a blue one.
inline std::string two_pages() {
  const auto stream = [](const std::string& content) {
    return "<</Length " + std::to_string(content.size()) + ">>stream\n" + content + "\nendstream";
  };
  const std::vector<std::string> objects = {
      "<</Type/Catalog/Pages 2 0 R>>",
      "<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>",
      "<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 36]/Contents 5 0 R/Resources<<>>>>",
      "<</Type/Page/Parent 2 0 R/MediaBox[0 0 36 72]/Contents 6 0 R/Resources<<>>>>",
      stream("1 0 0 rg 0 0 36 18 re f"),
      stream("0 0 1 rg 9 9 18 60 re f")};
  std::string pdf = "%PDF-1.4\n", table = "xref\n0 7\n0000000000 65535 f \n";
  for (size_t i = 0; i < objects.size(); ++i) {
    const std::string offset = std::to_string(pdf.size());
    table += std::string(10 - offset.size(), '0') + offset + " 00000 n \n";
    pdf += std::to_string(i + 1) + " 0 obj\n" + objects[i] + "\nendobj\n";
  }
  const std::string start = std::to_string(pdf.size());
  return pdf + table + "trailer<</Size 7/Root 1 0 R>>\nstartxref\n" + start + "\n%%EOF\n";
}

}  // namespace dsocr::test
