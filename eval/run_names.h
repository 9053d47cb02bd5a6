#pragma once

#include <optional>
#include <set>
#include <string>

#include "configs/view.h"

namespace dsocr::eval {

/// Name of `runs[index]` of a config: its own, else that of its predictions. `names` are those of
/// the runs before it. Throws configs::ConfigError when there is none, or for one that two have.
std::string run_name(const std::string& name, const std::string& predictions, size_t index,
                     std::set<std::string>& names);

/// The name less a mode at its end, page_gundam_m -> page; sets the mode where there is one.
std::string without_mode(const std::string& name, std::optional<configs::VisionMode>& mode);

}  // namespace dsocr::eval
