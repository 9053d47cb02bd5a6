#!/usr/bin/env python3
"""Hebrew and Russian prose from Debian packages for experiment 003-new-script, split by document.

Usage: texts.py OUT [he|ru]...
Downloads the packages with apt-get (nothing is installed) and writes for each language OUT/LANGUAGE/train.txt,
validation.txt and test.txt, an empty line between paragraphs, train-1.txt to train-4.txt, the same in other orders, and
fixed.txt, the part of the test that is committed here as test-LANGUAGE.txt. TEXTS.md has the licences.

A document is whole in one split. A paragraph that has a sentence (of 12 letters or more) of the test or the validation is
not trained on, one that the validation shares with the test is not in the validation, and no paragraph is there twice.

Normalised: NFC; white space is one space; soft hyphens and marks of direction are gone. Of Hebrew the points (niqqud) and the
accents are gone, so are paseq and what stands in notes (the qere), the sof pasuq is a full stop; maqaf, geresh and
gershayim stay. A paragraph with a character that is not in ALLOWED is left out, so is one of another language.
"""

import gettext
import random
import re
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

Texts = dict[str, list[str]]  # by split

DOC = "usr/share/doc"
HELP = "usr/share/help/ru"
# Package, pages inside of it, split: prose in the elements <p>.
RUSSIAN_PAGES = [
    ("libreoffice-help-ru", "usr/share/libreoffice/help/ru/text/**/*.html", "train"),
    ("installation-guide-amd64", f"{DOC}/installation-guide-amd64/ru/*.html", "train"),
    ("gnome-user-docs", f"{HELP}/gnome-help/*.page", "train"),
    ("aptitude-doc-ru", f"{DOC}/aptitude/html/ru/*.html", "train"),
    ("debian-faq-ru", f"{DOC}/debian/FAQ/ru/*.html", "train"),
    ("maint-guide-ru", f"{DOC}/maint-guide-ru/html/*.ru.html", "validation"),
    ("developers-reference-ru", "usr/share/developers-reference/ru/*.html", "test"),
    ("gnome-user-docs", f"{HELP}/system-admin-guide/*.page", "fixed"),
]
# Sayings about what their file is called.
FORTUNES = "usr/share/games/fortunes/ru"
RUSSIAN_SAYINGS = """art education foolish freewill friendship future genious happy human_being knowledge life success
    time truth wealth work""".split()
# The Hebrew Bible: books of these splits, all others are for training.
BIBLE = "usr/share/bibledit-cloud/sources/morphhb"
BIBLE_BOOKS = {"Ruth": "validation", "Joel": "validation", "Esth": "fixed", "Jonah": "fixed"}
# Messages of programs: gettext catalogues (of each the split), language packs of Mozilla.
CATALOGUES = "usr/lib/libreoffice/program/resource/he/LC_MESSAGES"
VALIDATION_CATALOGUE = "sw.mo"
MOZILLA = {"firefox-esr-l10n-he": "train", "thunderbird-l10n-he": "test"}

HEBREW = "".join(map(chr, range(0x5D0, 0x5EB)))
RUSSIAN = "".join(map(chr, range(0x410, 0x450))) + "\u0401\u0451"
PRINTED = "".join(map(chr, range(0x20, 0x7F)))
MAQAF_GERESH_GERSHAYIM = "\u05be\u05f3\u05f4"
QUOTES_AND_DASHES = "\u00ab\u00bb\u2013\u2014\u2018\u2019\u201a\u201c\u201d\u201e\u2026"
LETTERS = {"he": HEBREW, "ru": RUSSIAN}
ALLOWED = {
    "he": set(PRINTED + HEBREW + MAQAF_GERESH_GERSHAYIM + QUOTES_AND_DASHES + "\u20aa"),
    "ru": set(PRINTED + RUSSIAN + QUOTES_AND_DASHES + "\u2116"),
}
POINTS_AND_ACCENTS = re.compile("[\u0591-\u05bd\u05bf\u05c0-\u05c2\u05c4\u05c5\u05c7]")
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
PLACEHOLDERS = re.compile(r"[{}<>|\\~]|[%$]\w|\$\(|&\w+;|https?:")
MIN_CHARACTERS = 30
MIN_SHARE = 0.8  # of the letters are of the language
MIN_SENTENCE = 12  # letters, below which sentences are alike by chance
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
        elif tag == "key" and self.text is not None:  # of several that are pressed together
            self.text.append(" ")
        elif tag in ("pre", "table", "script", "style", "screen", "code"):
            self.text = None

    def handle_endtag(self, tag: str) -> None:
        if tag == "p" and self.text is not None:
            self.found.append("".join(self.text))
            self.text = None

    def handle_data(self, data: str) -> None:
        if self.text is not None:
            self.text.append(data)


def of_pages(root: Path, pattern: str) -> list[str]:
    found = []
    for page in sorted(root.glob(pattern)):
        parser = Paragraphs()
        parser.feed(page.read_text(encoding="utf-8", errors="replace"))
        found += parser.found
    return found


def of_sayings(file: Path) -> list[str]:
    sayings = re.split(r"^%\n", file.read_text(encoding="utf-8", errors="replace"), flags=re.M)
    return [re.sub(r"^\s*--.*", "", saying, flags=re.M) for saying in sayings]  # without their authors


def of_book(file: Path) -> list[str]:
    """Verses: words and the marks between them, without signs of sections and notes."""
    name = "{http://www.bibletechnologies.net/2003/OSIS/namespace}"
    verses = []
    for verse in ElementTree.parse(file).iter(name + "verse"):
        text = verse.text or ""
        for part in verse:
            if part.tag == name + "w" or part.get("type") in ("x-maqqef", "x-sof-pasuq"):
                text += "".join(part.itertext()).replace("/", "")  # between the parts of a word
            text += part.tail or ""
        verses.append(text.replace("\u05c3", "."))
    return verses


def of_catalogue(file: Path) -> list[str]:
    with file.open("rb") as opened:
        messages = gettext.GNUTranslations(opened)._catalog  # no other way to list them
    return [messages[key] for key in sorted(messages, key=str) if key]


def of_language_pack(root: Path) -> list[str]:
    [pack] = root.glob("usr/lib/*/**/*.xpi")
    found = []
    with zipfile.ZipFile(pack) as archive:
        for name in sorted(archive.namelist()):
            if name.endswith((".ftl", ".properties")):
                text = archive.read(name).decode()
                found += re.findall(r"^[ ]*[.\w-]+[ ]*=[ ]*(\S.*(?:\n[ ]{2,}[^ .\[*}\n].*)*)", text, re.M)
    return found


def normalised(text: str) -> str:
    bare = POINTS_AND_ACCENTS.sub("", unicodedata.normalize("NFD", INVISIBLE.sub("", text)))
    return " ".join(unicodedata.normalize("NFC", bare).split())


def is_prose(text: str, language: str) -> bool:
    letters = sum(c.isalpha() for c in text)
    own = sum(c in LETTERS[language] for c in text)
    return (
        len(text) >= MIN_CHARACTERS
        and own >= MIN_SHARE * letters
        and letters + text.count(" ") > 0.85 * len(text)
        and ALLOWED[language].issuperset(text)
        and PLACEHOLDERS.search(text) is None
    )


def sentences(text: str) -> set[str]:
    parts = re.split(r"(?<=[.!?\u2026:;])\s+", text)
    keys = {"".join(filter(str.isalnum, part)).casefold() for part in parts}
    return {key for key in keys if len(key) >= MIN_SENTENCE}


class Packages:
    """Unpacked packages, each downloaded once."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch

    def root(self, package: str) -> Path:
        root = self.scratch / package
        if not root.exists():
            subprocess.run(["apt-get", "download", "-q", package], check=True, cwd=self.scratch, stdout=subprocess.DEVNULL)
            [archive] = self.scratch.glob(f"{package}_*.deb")
            subprocess.run(["dpkg-deb", "-x", archive, root], check=True)
        return root


def russian(packages: Packages) -> Texts:
    texts: Texts = {"train": [], "validation": [], "test": [], "fixed": []}
    for package, pattern, split in RUSSIAN_PAGES:
        texts[split] += of_pages(packages.root(package), pattern)
    for name in RUSSIAN_SAYINGS:
        texts["train"] += of_sayings(packages.root("fortunes-ru") / FORTUNES / name)
    return texts


def hebrew(packages: Packages) -> Texts:
    texts: Texts = {"train": [], "validation": [], "test": [], "fixed": []}
    for book in sorted((packages.root("bibledit-cloud-data") / BIBLE).glob("*.xml")):
        texts[BIBLE_BOOKS.get(book.stem, "train")] += of_book(book)
    for catalogue in sorted((packages.root("libreoffice-l10n-he") / CATALOGUES).glob("*.mo")):
        texts["validation" if catalogue.name == VALIDATION_CATALOGUE else "train"] += of_catalogue(catalogue)
    for package, split in MOZILLA.items():
        texts[split] += of_language_pack(packages.root(package))
    return texts


def write(out: Path, language: str, texts: Texts) -> None:
    out.mkdir(parents=True, exist_ok=True)
    prose = {
        split: [text for text in dict.fromkeys(map(normalised, found)) if is_prose(text, language)]
        for split, found in texts.items()
    }
    kept: Texts = {}
    taken: set[str] = set()  # sentences of the splits before
    for split in ("fixed", "test", "validation", "train"):
        kept[split] = [text for text in prose[split] if taken.isdisjoint(sentences(text))]
        for text in kept[split]:
            taken |= sentences(text)
        if split == "test":
            kept["test"] = kept["fixed"] + kept["test"]
    for split, paragraphs in kept.items():
        for order in range(ORDERS + 1 if split == "train" else 1):
            if order > 0:
                random.Random(order).shuffle(paragraphs)
            name = f"{split}-{order}" if order > 0 else split
            (out / f"{name}.txt").write_text("\n\n".join(paragraphs) + "\n", encoding="utf-8")
        words = re.findall(r"[^\W\d_]+", " ".join(paragraphs))
        characters = sum(map(len, paragraphs))
        print(f"{language} {split}: {len(paragraphs)} paragraphs, {characters} characters, {len(words)} words, "
              f"{len(set(words))} of them different")
    print(f"{language} letters and marks: {''.join(sorted(set(''.join(sum(kept.values(), []))) - set(PRINTED)))}")


def main() -> None:
    out = Path(sys.argv[1])
    gather = {"he": hebrew, "ru": russian}
    with tempfile.TemporaryDirectory() as scratch:
        packages = Packages(Path(scratch))
        for language in sys.argv[2:] or gather:
            write(out / language, language, gather[language](packages))


if __name__ == "__main__":
    main()
