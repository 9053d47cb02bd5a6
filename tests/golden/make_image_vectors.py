"""Makes tests/golden/image: small encoded images, what Pillow decodes them to, and views of pages.

Usage: make_image_vectors.py PREPROCESS_FOLDER OUTPUT_FOLDER
PREPROCESS_FOLDER is tests/golden/preprocess. images.json has size and sha256 of the RGB bytes for each
encoded image after "open, exif_transpose, convert RGB", and of the Gundam-M views of two pages, which
the vectors there lack. Run with Pillow 11.3.0 and numpy. The PDFs in the folder are one page of one rectangle, encrypted
by qpdf 11.3 with --encrypt secret owner 128 --use-aes=y (locked) and an empty user password (readable).
"""

import argparse
import hashlib
import json
import pathlib
import struct
import zlib

import numpy
from PIL import Image, ImageOps

ORIENTATION = 0x0112
GREY = (127, 127, 127)


def picture() -> Image.Image:
    """Smooth colours with an edge and a text-like pattern, 23 x 17: odd, so that blocks do not fit."""
    y, x = numpy.mgrid[0:17, 0:23]
    channels = [x * 11, y * 15, (x + y) * 6]
    pixels = numpy.stack([numpy.clip(c, 0, 255) for c in channels], axis=-1).astype(numpy.uint8)
    pixels[5:9, 3:20:2] = (250, 245, 20)
    pixels[12:, 15:] = (0, 0, 90)
    return Image.fromarray(pixels)


def exif(orientation: int) -> Image.Exif:
    tags = Image.Exif()
    tags[ORIENTATION] = orientation
    return tags


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(depth: int, colour: int, width: int, rows: list[bytes], extra: bytes = b"") -> bytes:
    """A PNG that Pillow cannot write; `extra` goes before the pixels."""
    header = struct.pack(">IIBBBBB", width, len(rows), depth, colour, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def make_images(folder: pathlib.Path) -> None:
    rgb = picture()
    grey = rgb.convert("L")
    alpha = rgb.convert("RGBA")
    alpha.putalpha(Image.fromarray(numpy.arange(23 * 17, dtype=numpy.uint16).reshape(17, 23).astype(numpy.uint8)))
    palette = rgb.quantize(40)
    bilevel = rgb.convert("1")

    rgb.save(folder / "rgb.jpg", quality=80)
    rgb.save(folder / "rgb_444.jpg", quality=90, subsampling=0)
    rgb.save(folder / "progressive.jpg", quality=70, progressive=True)
    grey.save(folder / "grey.jpg", quality=80)
    rgb.convert("CMYK").save(folder / "cmyk.jpg", quality=80)
    rgb.save(folder / "restarts.jpg", quality=60, restart_marker_rows=1)
    for orientation in (3, 6, 7):
        rgb.save(folder / f"exif_{orientation}.jpg", quality=70, exif=exif(orientation))
    xmp = b'<x:xmpmeta><rdf tiff:Orientation="8"/></x:xmpmeta>'
    rgb.save(folder / "xmp_8.jpg", quality=70, xmp=xmp)

    rgb.save(folder / "lossless.webp", lossless=True)
    rgb.save(folder / "lossy.webp", quality=60)
    alpha.save(folder / "alpha.webp", lossless=True, exact=True)
    alpha.save(folder / "alpha_lossy.webp", quality=50, exact=True)
    rgb.save(folder / "exif_6.webp", quality=60, exif=exif(6).tobytes())
    rgb.save(folder / "animated.webp", save_all=True, append_images=[ImageOps.mirror(rgb)], lossless=True)

    rgb.save(folder / "raw.tif")
    rgb.save(folder / "lzw.tif", compression="tiff_lzw")
    rgb.save(folder / "deflate.tif", compression="tiff_adobe_deflate", tiffinfo={317: 2})
    rgb.save(folder / "jpeg.tif", compression="jpeg")
    grey.save(folder / "grey.tif", compression="packbits")
    alpha.save(folder / "rgba.tif")
    palette.save(folder / "palette.tif")
    rgb.convert("CMYK").save(folder / "cmyk.tif", compression="tiff_lzw")
    bilevel.save(folder / "bilevel_g4.tif", compression="group4")
    bilevel.save(folder / "bilevel_raw.tif", tiffinfo={262: 0})
    rgb.save(folder / "exif_5.tif", compression="tiff_lzw", tiffinfo={ORIENTATION: 5})
    rgb.save(folder / "pages.tif", save_all=True, append_images=[ImageOps.mirror(rgb)], compression="tiff_lzw")

    rgb.save(folder / "rgb.bmp")
    alpha.save(folder / "rgba.bmp")
    palette.save(folder / "palette.bmp")
    grey.save(folder / "grey.bmp")
    bilevel.save(folder / "bilevel.bmp")

    palette.save(folder / "palette.png", transparency=3)
    palette.save(folder / "palette_alpha.png", transparency=bytes(range(0, 240, 6)))
    rows = numpy.asarray(rgb)
    wide = (rows.astype(numpy.uint16) * 256 + 200).astype(">u2")
    (folder / "rgb_16.png").write_bytes(png(16, 2, 23, [row.tobytes() for row in wide]))
    nibbles = [bytes([(17 * y + 31 * x) % 256 for x in range(12)]) for y in range(9)]
    (folder / "grey_4.png").write_bytes(png(4, 0, 23, nibbles))
    (folder / "grey_2.png").write_bytes(png(2, 0, 45, nibbles, chunk(b"tRNS", b"\0\1")))
    # Indices beyond the palette.
    (folder / "short_palette.png").write_bytes(png(4, 3, 23, nibbles, chunk(b"PLTE", bytes(range(30, 60)))))
    profile = "\nexif\n      26\n" + exif(6).tobytes().hex() + "\n"
    text = chunk(b"tEXt", b"Raw profile type exif\0" + profile.encode())
    (folder / "profile_6.png").write_bytes(png(8, 2, 23, [row.tobytes() for row in rows], text))


def summary(image: Image.Image) -> dict:
    digest = hashlib.sha256(image.tobytes()).hexdigest()
    return {"width": image.width, "height": image.height, "sha256": digest}


def decoded(file: pathlib.Path) -> Image.Image:
    return ImageOps.exif_transpose(Image.open(file)).convert("RGB")


def gundam_m(file: pathlib.Path, columns: int, rows: int) -> dict:
    page = decoded(file)
    grid = page.resize((1024 * columns, 1024 * rows))
    corners = [(1024 * (i % columns), 1024 * (i // columns)) for i in range(columns * rows)]
    return {
        "columns": columns,
        "rows": rows,
        "global": summary(ImageOps.pad(page, (1280, 1280), color=GREY)),
        "tiles": [summary(grid.crop((x, y, x + 1024, y + 1024))) for x, y in corners],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("preprocess_folder", type=pathlib.Path)
    parser.add_argument("output_folder", type=pathlib.Path)
    arguments = parser.parse_args()
    folder = arguments.output_folder
    folder.mkdir(exist_ok=True)
    make_images(folder)
    files = sorted(f for f in folder.iterdir() if f.suffix not in (".json", ".pdf"))
    result = {
        "pillow": Image.__version__,
        "images": {file.name: summary(decoded(file)) for file in files},
        "gundam_m": {
            name: gundam_m(arguments.preprocess_folder / name, *grid)
            for name, grid in (("page_850x1187.png", (2, 3)), ("land_1400x1053.png", (3, 2)))
        },
    }
    (folder / "images.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
