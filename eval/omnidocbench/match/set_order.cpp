#include "eval/omnidocbench/match/set_order.h"

#include <limits>

namespace dsocr::omnidocbench {
namespace {

constexpr size_t kFree = std::numeric_limits<size_t>::max();
constexpr size_t kProbes = 9;  // slots tried in a row before jumping (setobject.c, LINEAR_PROBES)

// A set of numbers whose hash is their value.
class HashTable {
 public:
  void add(size_t value) {
    insert(value);
    if (5 * ++used_ < 3 * (slots_.size() - 1)) return;
    size_t size = 8;
    while (size <= 4 * used_) size *= 2;
    const std::vector<size_t> old = std::move(slots_);
    slots_.assign(size, kFree);
    for (const size_t kept : old)
      if (kept != kFree) insert(kept);
  }

  std::vector<size_t> values() const {
    std::vector<size_t> result;
    for (const size_t value : slots_)
      if (value != kFree) result.push_back(value);
    return result;
  }

 private:
  void insert(size_t value) {
    const size_t mask = slots_.size() - 1;
    size_t perturb = value;
    for (size_t slot = value & mask;;) {
      const size_t last = slot + kProbes <= mask ? slot + kProbes : slot;
      for (size_t at = slot; at <= last; ++at)
        if (slots_[at] == kFree) {
          slots_[at] = value;
          return;
        }
      perturb >>= 5;
      slot = (5 * slot + 1 + perturb) & mask;
    }
  }

  std::vector<size_t> slots_ = std::vector<size_t>(8, kFree);
  size_t used_ = 0;
};

}  // namespace

std::vector<size_t> set_difference_order(size_t count, const std::vector<size_t>& removed) {
  std::vector<bool> gone(count);
  for (const size_t value : removed) gone[value] = true;
  // A difference that takes little away is a copy of the whole set, which is in order.
  const bool copied = count / 4 > removed.size();
  std::vector<size_t> ascending;
  HashTable table;
  for (size_t value = 0; value < count; ++value) {
    if (gone[value]) continue;
    ascending.push_back(value);
    if (!copied) table.add(value);
  }
  return copied ? ascending : table.values();
}

}  // namespace dsocr::omnidocbench
