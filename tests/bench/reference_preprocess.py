"""Rate of Pillow's page preprocessing on one thread, to set beside `dsocr bench preprocess`.

Usage: reference_preprocess.py IMAGE MODE REPEATS
MODE is one of MODES below. Prints one JSON object: "seconds" has the time
of each repeat without the decoding, after one repeat of warm-up that is not reported; "sha256" is of
the RGB bytes of the global view and then the tiles.
"""

import argparse
import hashlib
import json
import time

from PIL import Image, ImageOps

GREY = (127, 127, 127)
UNTILED_SIDE = 640
MIN_TILES, MAX_TILES = 2, 9

# Side of the global view, side of a tile (None without tiles), whether the view is padded.
MODES = {
    "tiny": (512, None, False),
    "small": (640, None, False),
    "base": (1024, None, True),
    "large": (1280, None, True),
    "gundam": (1024, 640, True),
    "gundam_m": (1280, 1024, True),
    "p128": (128, None, False),
    "p192": (192, None, False),
    "p256": (256, None, False),
    "p320": (320, None, False),
}


def choose_grid(width: int, height: int, tile: int) -> tuple[int, int]:
    grids = [(i, n // i) for n in range(MIN_TILES, MAX_TILES + 1) for i in range(1, n + 1) if n % i == 0]
    best, best_difference = (1, 1), float("inf")
    for columns, rows in grids:
        difference = abs(width / height - columns / rows)
        half_pixels = 0.5 * tile * tile * columns * rows
        if difference < best_difference or (difference == best_difference and width * height > half_pixels):
            best, best_difference = (columns, rows), difference
    return best


def make_views(page: Image.Image, mode: str) -> list[Image.Image]:
    side, tile, pads = MODES[mode]
    views = [ImageOps.pad(page, (side, side), color=GREY) if pads else page.resize((side, side))]
    if tile is not None and max(page.size) > UNTILED_SIDE:
        columns, rows = choose_grid(*page.size, tile)
        grid = page.resize((columns * tile, rows * tile))
        for y in range(0, rows * tile, tile):
            views += [grid.crop((x, y, x + tile, y + tile)) for x in range(0, columns * tile, tile)]
    return views


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("image")
    parser.add_argument("mode", choices=MODES)
    parser.add_argument("repeats", type=int)
    arguments = parser.parse_args()
    if arguments.repeats < 1:
        parser.error("REPEATS must be at least 1")

    page = ImageOps.exif_transpose(Image.open(arguments.image)).convert("RGB")
    digest = hashlib.sha256()
    for view in make_views(page, arguments.mode):
        digest.update(view.tobytes())
    seconds = []
    for _ in range(arguments.repeats):
        start = time.perf_counter()
        make_views(page, arguments.mode)
        seconds.append(time.perf_counter() - start)
    result = {
        "library": "Pillow",
        "version": Image.__version__,
        "width": page.width,
        "height": page.height,
        "seconds": seconds,
        "sha256": digest.hexdigest(),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
