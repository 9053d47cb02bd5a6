#!/usr/bin/env python3
"""Prose from Debian packages for experiment 001-nano, split by document.

Usage: texts.py OUT
Downloads the packages with apt-get (nothing is installed), takes paragraphs of prose out of their pages, and writes
OUT/train.txt, validation.txt and test.txt, an empty line between paragraphs, and train-1.txt to train-4.txt, the same in
other orders. A document is whole in one of the three splits. README.md has the licences.
"""

import random
import re
import subprocess
import sys
import tempfile
from html.parser import HTMLParser
from pathlib import Path

# Package, pages inside of it, split.
HTML = [
    ("debian-handbook", "usr/share/doc/debian-handbook/html/en-US/*.html", "train"),
    ("installation-guide-amd64", "usr/share/doc/installation-guide-amd64/en/*.html", "train"),
    ("debian-reference-en", "usr/share/debian-reference/*.en.html", "train"),
    ("harden-doc", "usr/share/doc/harden-doc/html/en-US/*.html", "train"),
    ("maint-guide", "usr/share/doc/maint-guide/html/*.en.html", "validation"),
    ("developers-reference", "usr/share/developers-reference/*.html", "test"),
]
BIBLE = "bible-kjv", "bible-kjv-text"
BIBLE_BOOKS = {"train": "ge1:1-jude1:25", "validation": "ru1:1-4:22", "test": "re1:1-22:21"}
MIN_CHARACTERS = 80
ORDERS = 4  # that a store of few pages need not have the start of the first document


class Paragraphs(HTMLParser):
    """Texts of the elements <p>, without those inside of code."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.text: list[str] | None = None

    def handle_starttag(self, tag: str, attributes: list) -> None:
        if tag == "p":
            self.text = []
        elif tag in ("pre", "table", "script", "style"):
            self.text = None

    def handle_endtag(self, tag: str) -> None:
        if tag == "p" and self.text is not None:
            self.found.append(" ".join("".join(self.text).split()))
            self.text = None

    def handle_data(self, data: str) -> None:
        if self.text is not None:
            self.text.append(data)


def is_prose(text: str) -> bool:
    letters = sum(c.isalpha() or c == " " for c in text)
    return len(text) >= MIN_CHARACTERS and text.isascii() and letters > 0.9 * len(text)


def of_html(folder: Path, pattern: str) -> list[str]:
    found = []
    for page in sorted(folder.glob(pattern)):
        parser = Paragraphs()
        parser.feed(page.read_text(encoding="utf-8", errors="replace"))
        found += parser.found
    return found


def of_bible(root: Path, passage: str) -> list[str]:
    program = [root / "usr/bin/bible", "-f", "-p", root / "usr/lib", passage]
    lines = subprocess.run(program, check=True, capture_output=True, text=True).stdout.splitlines()
    return [re.sub(r"^\S+ ", "", line).strip() for line in lines]


def main() -> None:
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    texts: dict[str, list[str]] = {"train": [], "validation": [], "test": []}
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        for package in [*dict.fromkeys(package for package, _, _ in HTML), *BIBLE]:
            subprocess.run(["apt-get", "download", "-q", package], check=True, cwd=root, stdout=subprocess.DEVNULL)
            [archive] = root.glob(f"{package}_*.deb")
            subprocess.run(["dpkg-deb", "-x", archive, root], check=True)
        for _, pattern, split in HTML:
            texts[split] += of_html(root, pattern)
        for split, passage in BIBLE_BOOKS.items():
            texts[split] += of_bible(root, passage)
    seen: set[str] = set()
    for split in ("test", "validation", "train"):  # what two have is not trained on
        new = [text for text in dict.fromkeys(texts[split]) if is_prose(text) and text not in seen]
        seen.update(new)
        for order in range(ORDERS + 1 if split == "train" else 1):
            if order > 0:
                random.Random(order).shuffle(new)
            name = f"{split}-{order}" if order > 0 else split
            (out / f"{name}.txt").write_text("\n\n".join(new) + "\n", encoding="utf-8")
        print(f"{split}: {len(new)} paragraphs, {sum(map(len, new))} characters")


if __name__ == "__main__":
    main()
