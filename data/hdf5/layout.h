#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>

#include "data/hdf5/schema.h"

namespace dsocr::data {

/// The datasets of a store, all contiguous and one-dimensional, in the order of the file.
enum class Part { kImages, kPages, kBlocks, kText };
inline constexpr std::array kAllParts{Part::kImages, Part::kPages, Part::kBlocks, Part::kText};
constexpr size_t index_of(Part part) { return static_cast<size_t>(part); }

/// Bytes of one element.
constexpr std::uint64_t element_bytes(Part part) {
  return part == Part::kPages    ? sizeof(PageRecord)
         : part == Part::kBlocks ? sizeof(BlockRecord)
                                 : 1;
}

/// Where the elements of a part lie in its file.
struct Extent {
  std::uint64_t offset = 0;
  std::uint64_t count = 0;
};

struct StoreLayout {
  std::array<Extent, kAllParts.size()> parts;
  std::array<std::string, kAllParts.size()> sha256;  // hex, of the whole part; none of the images
  Provenance provenance;
};

/// Makes an HDF5 file with all of a store but the elements of its parts: their places are holes.
/// Offsets of `layout` are ignored. The same counts, sums and provenance make the same bytes.
/// Throws DataError.
void write_skeleton(const std::filesystem::path& file, const StoreLayout& layout);

/// Where the images lie in every file that write_skeleton() makes with this HDF5 library.
std::uint64_t images_offset(const std::filesystem::path& scratch_file);

/// Reads what write_skeleton() wrote. What it returns lies inside the file, whatever the file
/// says. Throws DataError: no HDF5 file, cut short, no store, another version, another layout.
StoreLayout read_layout(const std::filesystem::path& file);

}  // namespace dsocr::data
