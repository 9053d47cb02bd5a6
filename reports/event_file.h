#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "reports/files.h"

namespace dsocr::reports {

/// What TensorBoard shows of a run, written as the run goes: one file
/// events.out.tfevents.SECONDS.HOST.PID in a folder, which is a run to TensorBoard with all such
/// files in it (spec: tensorflow, core/util/event.proto, core/framework/summary.proto).
///
/// Every call may throw std::runtime_error naming the file and the system's reason, mostly a full
/// disk. A run may go on: events that were taken before are written when there is room again, those
/// whose call threw perhaps not, and no event is left half written between others.
class EventFile {
 public:
  /// The folder must exist. `first_step` is the first step that will come: what older files of the
  /// folder say of it and of later ones is not shown any more, as a run that goes on from a
  /// checkpoint writes them again. (TensorBoard's fast loader, its default, drops them tag by tag,
  /// from the first step of the tag that comes again.) The name is behind all others of the folder,
  /// also when the clock was set back or two files begin in a second: they are read by name.
  explicit EventFile(const std::filesystem::path& folder, std::int64_t first_step = 0);

  const std::filesystem::path& path() const { return bytes_.file(); }

  /// A point of the curve `tag`, kept as float32; NaN and infinity are shown as such. Tags that
  /// begin alike up to a "/" are shown together.
  void scalar(std::string_view tag, std::int64_t step, double value);

  /// A picture; its size is the one in the PNG's header.
  /// Throws std::invalid_argument with the tag when the bytes are not a PNG's.
  void image(std::string_view tag, std::int64_t step, std::string_view png);

  /// A text in Markdown; bytes that are not UTF-8 become U+FFFD.
  void text(std::string_view tag, std::int64_t step, std::string_view markdown);

  /// `counts[i]` values lie between `edges[i]` and `edges[i + 1]`. The sums that go with them,
  /// which few readers show, take each value for the middle of its bucket. Throws
  /// std::invalid_argument with the tag when the edges are not one more than the counts, finite and
  /// ascending, or a count is not a number from 0.
  void histogram(std::string_view tag, std::int64_t step, std::span<const double> edges,
                 std::span<const double> counts);

  /// Lets TensorBoard see the events so far.
  void flush() { bytes_.flush(); }

 private:
  void write(std::string_view event);

  ByteWriter bytes_;
};

}  // namespace dsocr::reports
