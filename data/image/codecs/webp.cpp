#include <webp/demux.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "data/image/codecs/codec.h"
#include "data/image/exif.h"

namespace dsocr::data {
namespace {

struct Free {
  void operator()(WebPDemuxer* demuxer) const { WebPDemuxDelete(demuxer); }
  void operator()(WebPAnimDecoder* decoder) const { WebPAnimDecoderDelete(decoder); }
};

// The content of a chunk of the container, empty when there is none. Lives as long as `demuxer`.
EncodedBytes chunk(const WebPDemuxer* demuxer, const char* name) {
  WebPChunkIterator iterator;
  EncodedBytes content;
  if (WebPDemuxGetChunk(demuxer, name, 1, &iterator) != 0)
    content = {iterator.chunk.bytes, iterator.chunk.size};
  WebPDemuxReleaseChunkIterator(&iterator);
  return content;
}

}  // namespace

Decoded decode_webp(EncodedBytes bytes, std::int64_t max_pixels) {
  const CodecError damaged("the WebP data is damaged or truncated");
  const WebPData data{bytes.data(), bytes.size()};
  const std::unique_ptr<WebPDemuxer, Free> demuxer(WebPDemux(&data));
  if (demuxer == nullptr) throw damaged;
  Decoded decoded{make_image(WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_WIDTH),
                             WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_HEIGHT), max_pixels)};

  // Pillow's way, which gives the first frame of an animation on its canvas.
  WebPAnimDecoderOptions options;
  if (WebPAnimDecoderOptionsInit(&options) == 0) throw CodecError("another version of libwebp");
  options.color_mode = MODE_RGBA;
  const std::unique_ptr<WebPAnimDecoder, Free> decoder(WebPAnimDecoderNew(&data, &options));
  std::uint8_t* canvas = nullptr;
  int time_ms = 0;
  if (decoder == nullptr || WebPAnimDecoderGetNext(decoder.get(), &canvas, &time_ms) == 0)
    throw damaged;
  for (std::size_t i = 0; i < decoded.image.rgb.size(); i += 3, canvas += 4)
    std::copy_n(canvas, 3, decoded.image.rgb.data() + i);

  const EncodedBytes xmp = chunk(demuxer.get(), "XMP ");
  decoded.orientation =
      exif_orientation(chunk(demuxer.get(), "EXIF"))
          .value_or(
              xmp_orientation({reinterpret_cast<const char*>(xmp.data()), xmp.size()}).value_or(1));
  return decoded;
}

}  // namespace dsocr::data
