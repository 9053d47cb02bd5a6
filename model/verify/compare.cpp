#include "model/verify/compare.h"

#include <cmath>
#include <cstdio>

namespace dsocr::model {
namespace {

std::string text_of(Limit limit) {
  char text[48];
  if (limit.relative > 0)
    std::snprintf(text, sizeof text, "%.0e + %.0e |x|", limit.absolute, limit.relative);
  else
    std::snprintf(text, sizeof text, "%.0e", limit.absolute);
  return text;
}

std::string text_of(at::IntArrayRef sizes) {
  std::string text = "[";
  for (size_t i = 0; i < sizes.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(sizes[i]);
  return text + "]";
}

}  // namespace

void Checks::tensor(const std::string& name, const torch::Tensor& ours, const torch::Tensor& theirs,
                    Limit limit) {
  if (!ours.defined()) return failed(name, "not computed");
  if (ours.sizes() != theirs.sizes())
    return failed(name, "shape " + text_of(ours.sizes()) + ", not " + text_of(theirs.sizes()));
  const bool exact = !theirs.is_floating_point();
  const torch::Tensor mine = ours.detach().to(torch::kCPU, torch::kFloat64);
  const torch::Tensor reference = theirs.to(torch::kFloat64);
  const torch::Tensor error = (mine - reference).abs();
  Check check{.case_name = case_name_, .name = name, .limit = exact ? "equal" : text_of(limit)};
  if (reference.numel() > 0) {
    const double largest = reference.abs().max().item<double>();
    check.max_abs = error.max().item<double>();
    check.max_rel = largest > 0 ? check.max_abs / largest : check.max_abs;
  }
  const torch::Tensor allowed =
      exact ? torch::zeros_like(reference) : limit.absolute + limit.relative * reference.abs();
  check.ok = error.le(allowed).all().item<bool>();  // false for NaN
  out_.push_back(std::move(check));
}

void Checks::number(const std::string& name, double ours, double theirs, Limit limit) {
  const double error = std::abs(ours - theirs);
  const double size = std::abs(theirs);
  out_.push_back({.case_name = case_name_,
                  .name = name,
                  .max_abs = error,
                  .max_rel = size > 0 ? error / size : error,
                  .limit = text_of(limit),
                  .ok = error <= limit.absolute + limit.relative * size});
}

void Checks::equal(const std::string& name, const nlohmann::json& ours,
                   const nlohmann::json& theirs) {
  Check check{.case_name = case_name_, .name = name, .limit = "equal", .ok = ours == theirs};
  if (!check.ok) check.note = "differs";
  if (!check.ok && ours.is_array() && theirs.is_array()) {
    size_t at = 0;
    while (at < std::min(ours.size(), theirs.size()) && ours[at] == theirs[at]) ++at;
    check.note = "differs at " + std::to_string(at) + " of " + std::to_string(theirs.size());
  }
  out_.push_back(std::move(check));
}

void Checks::failed(const std::string& name, const std::string& note) {
  out_.push_back({.case_name = case_name_, .name = name, .ok = false, .note = note});
}

}  // namespace dsocr::model
