#!/usr/bin/env python3
"""All stages of a training as one table and one picture.

Usage: curves.py OUT RUN...
RUN are the folders of run.sh's and read.sh's stages in their order. Writes OUT.csv and OUT.svg (gnuplot): what the heads read
of the training pages, and loss and character error rate on the validation pages, over the pages of all stages.
"""

import csv
import json
import subprocess
import sys
from pathlib import Path

COLUMNS = {
    "loss": "loss",
    "glyphs_of_patches": "glyph_accuracy_patches",
    "glyphs_of_tokens": "glyph_accuracy_tokens",
    "validation_loss": "validation_loss",
    "validation_cer": "validation_cer",
    "loss_of_patches": "glyph_loss_patches",
    "loss_of_tokens": "glyph_loss_tokens",
    "loss_of_codes": "glyph_loss_codes",
}


def rows_of(run: Path, pages_before: int) -> list[dict]:
    rows, pages = [], 0
    for line in (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines():
        numbers = json.loads(line)
        pages = numbers.get("pages", pages)
        row = {"stage": run.name, "step": numbers["step"], "pages": pages_before + pages}
        # A head that is not trained, and a text that is not, say 0.
        row |= {name: numbers[key] for name, key in COLUMNS.items() if numbers.get(key)}
        rows.append(row)
    return rows


def plot(table: str, out: Path) -> str:
    series = [
        (5, "glyphs read from patches, training pages", "points pt 7 ps 0.25 lc rgb '#9ecae1'"),
        (6, "glyphs read from vision tokens", "points pt 7 ps 0.25 lc rgb '#2171b5'"),
        (8, "character error rate, validation", "linespoints pt 7 ps 0.6 lw 2 lc rgb '#cb181d'"),
    ]
    lines = [
        f"set terminal svg size 900,480 font 'sans,13' background rgb 'white'\nset output '{out}'",
        "set datafile separator ','\nset key outside top center horizontal maxrows 2",
        "set xlabel 'pages seen, thousands'\nset ylabel 'share'\nset yrange [0:1]\nset grid\nset ytics nomirror",
        "set y2label 'loss on validation pages, nats a token'\nset y2range [0:5]\nset y2tics",
    ]
    drawn = [f"'{table}' skip 1 using ($3/1000):{column} with {style} title '{title}'" for column, title, style in series]
    drawn.append(
        f"'{table}' skip 1 using ($3/1000):7 axes x1y2 with linespoints pt 7 ps 0.6 lw 2 lc rgb '#238b45' "
        "title 'loss, validation (right)'"
    )
    return "\n".join(lines) + "\nplot " + ", \\\n  ".join(drawn) + "\n"


def main() -> None:
    out = Path(sys.argv[1])
    rows: list[dict] = []
    for run in sys.argv[2:]:
        rows += rows_of(Path(run), rows[-1]["pages"] if rows else 0)
    with out.with_suffix(".csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["stage", "step", "pages", *COLUMNS], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    script = plot(str(out.with_suffix(".csv")), out.with_suffix(".svg"))
    subprocess.run(["gnuplot"], input=script, text=True, check=True)


if __name__ == "__main__":
    main()
