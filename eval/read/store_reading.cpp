#include "eval/read/store_reading.h"

#include <map>
#include <optional>
#include <utility>

#include "data/error.h"
#include "data/image/decode.h"

namespace dsocr::eval {

void read_store(PageReader& reader, const data::PageStore& store, const StoreReading& reading,
                const StoreReadingClient& client) {
  std::uint64_t next = reading.begin;
  std::map<std::uint64_t, configs::PageSize> sizes;  // of pages that are being read
  const auto next_page = [&]() -> std::optional<std::pair<std::uint64_t, data::Image>> {
    while (next < reading.end) {
      const std::uint64_t page = next++;
      try {
        const data::PageRecord record = store.record(page);
        const std::string bytes = store.image(record);
        data::Image image = data::decode_image(
            {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, store.id(record));
        sizes[page] = {image.width, image.height};
        return std::pair{page, std::move(image)};
      } catch (const data::DataError& error) {
        if (!error.recoverable()) throw;
        client.failed(page, error.what());
      }
    }
    return std::nullopt;
  };
  reader.read(
      reading.mode, prompt_text(reading.prompt),
      {.next = next_page,
       .done = [&](std::uint64_t page,
                   const PageText& text) { client.done(page, sizes.extract(page).mapped(), text); },
       .failed = client.failed});
}

}  // namespace dsocr::eval
