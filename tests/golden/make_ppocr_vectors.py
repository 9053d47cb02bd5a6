"""Makes tests/golden/ppocr: small pages, and what rapidocr and rapid-layout find on them.

Usage: make_ppocr_vectors.py DSOCR OUTPUT_FOLDER
DSOCR is the binary; it draws the pages with the fonts Noto Serif and Noto Sans CJK SC. pages.json has for
each page its lines (corners from the left top on, text, mean confidence of the characters) and the parts of
its layout, in pixels. Run with rapidocr 3.10.0, rapid-layout 1.2.1, onnxruntime 1.32.0, numpy 1.26.4 and
opencv-python-headless 4.6.0.66, whose code is that of Debian 12's OpenCV.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile

import cv2
import numpy
from rapid_layout import RapidLayout
from rapidocr import RapidOCR

ENGLISH = """# Universal Declaration

All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience
and should act towards one another in a spirit of brotherhood.

Everyone has the right to life, liberty and security of person (Article 3, adopted on 10 December 1948 by 48
votes to none).
"""
CHINESE = """# 世界人权宣言

人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。

人人有资格享有本宣言所载的一切权利和自由，第217A(III)号决议于1948年12月10日由 United Nations 通过。
"""
COLUMNS = "# Articles one to eleven\n\n" + """
No one shall be held in slavery or servitude; slavery and the slave trade shall be prohibited in all their forms.

No one shall be subjected to torture or to cruel, inhuman or degrading treatment or punishment.

Everyone has the right to recognition everywhere as a person before the law.

All are equal before the law and are entitled without any discrimination to equal protection of the law. All are
entitled to equal protection against any discrimination in violation of this Declaration.
""" * 2

# Name -> text, flags of `dsocr data render`.
DRAWN = {
    "english": (ENGLISH, ["--font.family=Noto Serif", "--font.px=20", "--page.width=640", "--page.height=400"]),
    "chinese": (CHINESE, ["--font.family=Noto Sans CJK SC", "--font.px=22", "--page.width=640", "--page.height=320"]),
    "columns": (COLUMNS, ["--font.family=Noto Serif", "--font.px=15", "--page.width=794", "--page.height=760",
                          "--page.columns=2", "--page.align=justify"]),
    "tiny": ("Word", ["--font.family=Noto Serif", "--font.px=14", "--page.width=48", "--page.height=0", "--page.margin=1"]),
    "strip": ("A strip is wide and low.", ["--font.family=Noto Serif", "--font.px=16", "--page.width=700",
                                           "--page.height=0", "--page.margin=1"]),
    "poster": ("BIG PAGE", ["--font.family=Noto Serif", "--font.px=150", "--page.width=2400", "--page.height=900",
                            "--page.margin=200"]),
}


def draw(dsocr: str, name: str) -> numpy.ndarray:
    text, flags = DRAWN[name]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "text.md").write_text(text, encoding="utf-8")
        subprocess.run([dsocr, "data", "render", path / "text.md", "--out", path / "pages.h5", *flags], check=True)
        subprocess.run([dsocr, "data", "export", path / "pages.h5", "--out", path / "pages"], check=True)
        page, *_ = sorted((path / "pages").rglob("*.png"))
        return cv2.imread(str(page))


def turned(page: numpy.ndarray) -> numpy.ndarray:
    """Lines at 12 degrees, upright, and upside down on one page."""
    lines = page[60:190]
    height, width = lines.shape[:2]
    sheet = numpy.full((760, 760, 3), 255, numpy.uint8)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -12, 1)
    turn[:, 2] += (60, 90)
    cv2.warpAffine(lines, turn, (700, 380), sheet[:380, :700], flags=cv2.INTER_CUBIC,
                   borderMode=cv2.BORDER_CONSTANT, borderValue=(255, 255, 255))
    sheet[400:400 + height, 20:20 + width] = cv2.rotate(lines, cv2.ROTATE_180)
    sheet[580:580 + 40, 20:20 + width] = lines[:40]
    upright = cv2.rotate(lines[:40, :400], cv2.ROTATE_90_CLOCKWISE)
    sheet[330:330 + upright.shape[0], 700:700 + upright.shape[1]] = upright
    return sheet


def found(page: pathlib.Path, reader: RapidOCR, layout: RapidLayout) -> dict:
    read = reader(str(page))
    parts = layout(str(page))
    lines = [] if read.boxes is None else zip(read.boxes, read.txts, read.scores)
    return {
        "lines": [{"corners": box.tolist(), "text": text, "confidence": score} for box, text, score in lines],
        "layout": [{"class": name, "box": [round(float(v), 3) for v in box], "confidence": round(float(score), 5)}
                   for box, score, name in zip(parts.boxes or [], parts.scores or [], parts.class_names or [])],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dsocr")
    parser.add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    pages = {name: draw(arguments.dsocr, name) for name in DRAWN}
    pages["turned"] = turned(pages["english"])
    pages["blank"] = numpy.full((200, 300, 3), 255, numpy.uint8)
    threads = {"intra_op_num_threads": 1, "inter_op_num_threads": 1}
    reader = RapidOCR(params={f"EngineConfig.onnxruntime.{key}": value for key, value in threads.items()})
    layout = RapidLayout(model_type="pp_layout_cdla", engine_cfg=threads)
    result = {}
    for name, page in pages.items():
        file = arguments.folder / f"{name}.png"
        grey = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
        cv2.imwrite(str(file), grey, [cv2.IMWRITE_PNG_COMPRESSION, 9])
        result[name] = found(file, reader, layout)
    with open(arguments.folder / "pages.json", "w", encoding="utf-8") as out:
        json.dump(result, out, ensure_ascii=False, indent=1)
        out.write("\n")


if __name__ == "__main__":
    main()
