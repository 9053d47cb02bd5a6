#include "data/hdf5/layout.h"

#include <algorithm>
#include <mutex>
#include <optional>

#include "data/error.h"
#include "data/hdf5/handle.h"

namespace dsocr::data {
namespace {

constexpr const char* kFormat = "dsocr page store";
constexpr std::array<const char*, kAllParts.size()> kNames{"images", "pages", "blocks", "text"};
constexpr std::array<const char*, kAllParts.size()> kSums{"", "sha256_pages", "sha256_blocks",
                                                          "sha256_text"};

// Debian's HDF5 is not for several threads. Its messages go nowhere: errors are ours to tell.
class Library {
 public:
  Library() : lock_(mutex()) { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }

 private:
  static std::mutex& mutex() {
    static std::mutex instance;
    return instance;
  }
  std::lock_guard<std::mutex> lock_;
};

Handle string_type(size_t size) {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), size);
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  return type;
}

Handle array_type(hid_t element, hsize_t count) {
  return {H5Tarray_create2(element, 1, &count), H5Tclose};
}

Handle page_type() {
  Handle type(H5Tcreate(H5T_COMPOUND, sizeof(PageRecord)), H5Tclose);
  H5Tinsert(type.get(), "image_offset", offsetof(PageRecord, image_offset), H5T_STD_U64LE);
  H5Tinsert(type.get(), "text_offset", offsetof(PageRecord, text_offset), H5T_STD_U64LE);
  H5Tinsert(type.get(), "id_offset", offsetof(PageRecord, id_offset), H5T_STD_U64LE);
  H5Tinsert(type.get(), "meta_offset", offsetof(PageRecord, meta_offset), H5T_STD_U64LE);
  H5Tinsert(type.get(), "first_block", offsetof(PageRecord, first_block), H5T_STD_U64LE);
  H5Tinsert(type.get(), "source_index", offsetof(PageRecord, source_index), H5T_STD_U64LE);
  H5Tinsert(type.get(), "image_bytes", offsetof(PageRecord, image_bytes), H5T_STD_U32LE);
  H5Tinsert(type.get(), "text_bytes", offsetof(PageRecord, text_bytes), H5T_STD_U32LE);
  H5Tinsert(type.get(), "id_bytes", offsetof(PageRecord, id_bytes), H5T_STD_U32LE);
  H5Tinsert(type.get(), "meta_bytes", offsetof(PageRecord, meta_bytes), H5T_STD_U32LE);
  H5Tinsert(type.get(), "num_blocks", offsetof(PageRecord, num_blocks), H5T_STD_U32LE);
  H5Tinsert(type.get(), "width", offsetof(PageRecord, width), H5T_STD_U32LE);
  H5Tinsert(type.get(), "height", offsetof(PageRecord, height), H5T_STD_U32LE);
  H5Tinsert(type.get(), "sha256", offsetof(PageRecord, sha256), array_type(H5T_STD_U8LE, 32).get());
  H5Tinsert(type.get(), "language", offsetof(PageRecord, language),
            string_type(sizeof(PageRecord::language)).get());
  H5Tinsert(type.get(), "split", offsetof(PageRecord, split),
            string_type(sizeof(PageRecord::split)).get());
  H5Tinsert(type.get(), "format", offsetof(PageRecord, format),
            string_type(sizeof(PageRecord::format)).get());
  return type;
}

Handle block_type() {
  Handle type(H5Tcreate(H5T_COMPOUND, sizeof(BlockRecord)), H5Tclose);
  H5Tinsert(type.get(), "text_offset", offsetof(BlockRecord, text_offset), H5T_STD_U64LE);
  H5Tinsert(type.get(), "text_bytes", offsetof(BlockRecord, text_bytes), H5T_STD_U32LE);
  H5Tinsert(type.get(), "order", offsetof(BlockRecord, order), H5T_STD_I32LE);
  H5Tinsert(type.get(), "box", offsetof(BlockRecord, box), array_type(H5T_STD_U16LE, 4).get());
  H5Tinsert(type.get(), "confidence", offsetof(BlockRecord, confidence), H5T_IEEE_F32LE);
  H5Tinsert(type.get(), "category", offsetof(BlockRecord, category),
            string_type(sizeof(BlockRecord::category)).get());
  H5Tinsert(type.get(), "labeller", offsetof(BlockRecord, labeller),
            string_type(sizeof(BlockRecord::labeller)).get());
  return type;
}

Handle type_of(Part part) {
  if (part == Part::kPages) return page_type();
  if (part == Part::kBlocks) return block_type();
  return {H5Tcopy(H5T_STD_U8LE), H5Tclose};
}

// Headers with checksums, no locks: writers are told apart elsewhere, and NFS has none.
Handle access_properties() {
  Handle properties(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_libver_bounds(properties.get(), H5F_LIBVER_V18, H5F_LIBVER_V18);
  H5Pset_file_locking(properties.get(), false, true);
  H5Pset_alignment(properties.get(), 1, 4096);
  return properties;
}

bool write_attribute(hid_t object, const char* name, const std::string& value) {
  const Handle type = string_type(std::max<size_t>(value.size(), 1));
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Handle attribute(
      H5Acreate2(object, name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  const std::string padded = value.empty() ? std::string(1, '\0') : value;
  return attribute && H5Awrite(attribute.get(), type.get(), padded.data()) >= 0;
}

bool write_attribute(hid_t object, const char* name, std::int64_t value) {
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Handle attribute(
      H5Acreate2(object, name, H5T_STD_I64LE, space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  return attribute && H5Awrite(attribute.get(), H5T_NATIVE_INT64, &value) >= 0;
}

std::optional<std::string> read_string(hid_t object, const char* name) {
  const Handle attribute(H5Aopen(object, name, H5P_DEFAULT), H5Aclose);
  if (!attribute) return std::nullopt;
  const Handle type(H5Aget_type(attribute.get()), H5Tclose);
  const Handle space(H5Aget_space(attribute.get()), H5Sclose);
  if (!type || H5Tget_class(type.get()) != H5T_STRING || H5Tis_variable_str(type.get()) != 0 ||
      H5Sget_simple_extent_npoints(space.get()) != 1)
    return std::nullopt;
  std::string value(H5Tget_size(type.get()), '\0');
  const Handle memory = string_type(value.size());
  if (H5Aread(attribute.get(), memory.get(), value.data()) < 0) return std::nullopt;
  value.erase(value.find_last_not_of('\0') + 1);
  return value;
}

std::optional<std::int64_t> read_integer(hid_t object, const char* name) {
  const Handle attribute(H5Aopen(object, name, H5P_DEFAULT), H5Aclose);
  if (!attribute) return std::nullopt;
  const Handle type(H5Aget_type(attribute.get()), H5Tclose);
  const Handle space(H5Aget_space(attribute.get()), H5Sclose);
  std::int64_t value = 0;
  if (H5Tget_class(type.get()) != H5T_INTEGER || H5Sget_simple_extent_npoints(space.get()) != 1 ||
      H5Aread(attribute.get(), H5T_NATIVE_INT64, &value) < 0)
    return std::nullopt;
  return value;
}

bool write_part(hid_t file, Part part, std::uint64_t count) {
  const hsize_t size = count;
  const Handle space(H5Screate_simple(1, &size, nullptr), H5Sclose);
  const Handle type = type_of(part);
  const Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_layout(properties.get(), H5D_CONTIGUOUS);
  H5Pset_alloc_time(properties.get(), H5D_ALLOC_TIME_EARLY);
  H5Pset_fill_time(properties.get(), H5D_FILL_TIME_NEVER);
  H5Pset_obj_track_times(properties.get(), false);
  const Handle dataset(H5Dcreate2(file, kNames[index_of(part)], type.get(), space.get(),
                                  H5P_DEFAULT, properties.get(), H5P_DEFAULT),
                       H5Dclose);
  return static_cast<bool>(dataset);
}

// Of a dataset that is laid out as write_part() does.
std::optional<Extent> read_part(hid_t file, Part part) {
  const Handle dataset(H5Dopen2(file, kNames[index_of(part)], H5P_DEFAULT), H5Dclose);
  if (!dataset) return std::nullopt;
  const Handle properties(H5Dget_create_plist(dataset.get()), H5Pclose);
  const Handle type(H5Dget_type(dataset.get()), H5Tclose);
  const Handle space(H5Dget_space(dataset.get()), H5Sclose);
  if (!properties || !type || !space || H5Pget_layout(properties.get()) != H5D_CONTIGUOUS ||
      H5Pget_external_count(properties.get()) != 0 ||
      H5Tequal(type.get(), type_of(part).get()) <= 0 ||
      H5Sget_simple_extent_ndims(space.get()) != 1)
    return std::nullopt;
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  if (count < 0) return std::nullopt;
  if (count == 0) return Extent{};
  const haddr_t offset = H5Dget_offset(dataset.get());
  if (offset == HADDR_UNDEF) return std::nullopt;
  return Extent{offset, static_cast<std::uint64_t>(count)};
}

}  // namespace

void write_skeleton(const std::filesystem::path& file, const StoreLayout& layout) {
  const Library library;
  const Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
  H5Pset_obj_track_times(creation.get(), false);
  Handle id(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, creation.get(), access_properties().get()),
            H5Fclose);
  if (!id) throw DataError(file, "", "cannot write: HDF5 cannot create it");
  // The images come first, so that their offset does not depend on anything else.
  bool ok = true;
  for (const Part part : kAllParts)
    ok = ok && write_part(id.get(), part, layout.parts[index_of(part)].count);
  const Provenance& provenance = layout.provenance;
  ok = ok && write_attribute(id.get(), "format", kFormat) &&
       write_attribute(id.get(), "version", kStoreVersion) &&
       write_attribute(id.get(), "tool", provenance.tool) &&
       write_attribute(id.get(), "command", provenance.command) &&
       write_attribute(id.get(), "date", provenance.date) &&
       write_attribute(id.get(), "licence", provenance.licence);
  for (const Part part : kAllParts)
    if (part != Part::kImages)
      ok = ok && write_attribute(id.get(), kSums[index_of(part)], layout.sha256[index_of(part)]);
  if (!ok || !id.reset()) throw DataError(file, "", "cannot write: HDF5 failed; is the disk full?");
}

std::uint64_t images_offset(const std::filesystem::path& scratch_file) {
  StoreLayout layout;
  for (Extent& part : layout.parts) part.count = 1;
  write_skeleton(scratch_file, layout);
  const std::uint64_t offset = read_layout(scratch_file).parts[index_of(Part::kImages)].offset;
  std::filesystem::remove(scratch_file);
  return offset;
}

StoreLayout read_layout(const std::filesystem::path& file) {
  std::error_code error;
  const std::uint64_t file_bytes = std::filesystem::file_size(file, error);
  if (error) throw DataError(file, "", "cannot open: " + error.message());
  const Library library;
  if (H5Fis_hdf5(file.c_str()) <= 0) throw DataError(file, "", "is not an HDF5 file");
  const Handle id(H5Fopen(file.c_str(), H5F_ACC_RDONLY, access_properties().get()), H5Fclose);
  if (!id) throw DataError(file, "", "is damaged: HDF5 cannot open it (cut short?)");
  if (read_string(id.get(), "format") != kFormat)
    throw DataError(file, "", "is an HDF5 file, but no page store of dsocr");
  const auto version = read_integer(id.get(), "version");
  if (version != kStoreVersion)
    throw DataError(file, "",
                    "is a page store of version " +
                        (version ? std::to_string(*version) : std::string("?")) +
                        ", and this program reads version " + std::to_string(kStoreVersion));
  StoreLayout layout;
  for (const Part part : kAllParts) {
    const std::string name = kNames[index_of(part)];
    const auto extent = read_part(id.get(), part);
    if (!extent) throw DataError(file, "", "is damaged: /" + name + " is not what it must be");
    const std::uint64_t room = file_bytes - std::min(file_bytes, extent->offset);
    if (extent->count > room / element_bytes(part))
      throw DataError(file, "", "is cut short: /" + name + " ends behind the end of the file");
    layout.parts[index_of(part)] = *extent;
    if (part != Part::kImages)
      layout.sha256[index_of(part)] = read_string(id.get(), kSums[index_of(part)]).value_or("");
  }
  const auto text = [&](const char* name) { return read_string(id.get(), name).value_or(""); };
  layout.provenance = {text("tool"), text("command"), text("date"), text("licence")};
  return layout;
}

}  // namespace dsocr::data
