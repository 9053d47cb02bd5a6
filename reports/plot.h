#pragma once

#include <filesystem>
#include <vector>

#include "reports/document.h"

namespace dsocr::reports {

/// The gnuplot program that draws the figure once for each file; the file's extension (.svg, .png)
/// chooses the format.
std::string plot_script(const Figure& figure, const std::vector<std::filesystem::path>& files);

/// Draws the figures as NAME.svg and NAME.png into a folder. Needs gnuplot with Cairo in PATH;
/// throws std::runtime_error with its message when it fails.
void draw_figures(const std::vector<Figure>& figures, const std::filesystem::path& folder);

}  // namespace dsocr::reports
