#!/usr/bin/env python3
"""Makes the demo's predictions. THE ERRORS ARE MADE UP: no model wrote these texts.

Reads data/en_page_ocr.json, writes data/predictions/page_{tiny,small}.json. Each page is
  1. read as a careful reader would: the lines of a paragraph joined, words broken over a line end
     put together again, ligatures resolved; quotation marks and dashes stay as they are;
  2. damaged word by word, independently, with the probability
         WORST / (1 + exp((MIDDLE - ratio) / SPREAD)),  ratio = text tokens / vision tokens;
     a damaged word has a letter confused (60 %), is replaced by another word (28 %) or is dropped;
  3. in the tiny run, spoiled twice in the way that set precision cannot see: the longest page
     loses its tail, the second longest ends in a repetition loop.
The constants were set by hand so that precision falls roughly as published curves do. Nothing can
be concluded about any model. The same input always gives the same output (seeded, no clock).
"""
import json
import math
import random
import re
from pathlib import Path

DATA = Path(__file__).resolve().parent / "data"
VISION_TOKENS = {"tiny": 64, "small": 100}
TOKENS_PER_WORD = 1.3  # of the DeepSeek tokenizer on these pages, within 2 %
FULL_LINE = 80  # characters; a shorter line ends its paragraph
WORST, MIDDLE, SPREAD = 0.40, 15.3, 2.0
KEPT_OF_LONGEST, KEPT_BEFORE_LOOP = 0.65, 0.85
LOOP_WORDS, LOOP_ROUNDS = 12, 40
LIGATURES = {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl"}
CONFUSIONS = [("rn", "m"), ("m", "rn"), ("cl", "d"), ("d", "cl"), ("l", "1"), ("1", "l"),
              ("i", "l"), ("t", "l"), ("c", "e"), ("e", "c"), ("o", "a"), ("a", "o"), ("u", "n"),
              ("n", "u"), ("h", "b"), ("v", "y"), ("w", "vv"), ("0", "8"), ("3", "8"), ("5", "6")]
OTHER_WORDS = ("along around began beyond certain during early enough general given ground house "
               "indeed kind leave local moment north order perhaps possible quite rather several "
               "simple small state street toward under usual water while within young").split()


def read_carefully(text):
    """The page's paragraphs, each a list of words."""
    for ligature, letters in LIGATURES.items():
        text = text.replace(ligature, letters)
    paragraphs, joined = [], ""
    for line in map(str.strip, text.split("\n")):
        broken = joined.endswith("-") and line[:1].islower()
        joined = joined[:-1] + line if broken else f"{joined} {line}".strip()
        if len(line) < FULL_LINE and joined:
            paragraphs.append(joined.split())
            joined = ""
    return paragraphs + ([joined.split()] if joined else [])


def pick(rng, items):
    return items[int(rng.random() * len(items))]


def damage(word, rng):
    """The word as it comes out wrong; empty when it is dropped."""
    kind = rng.random()
    fits = [(wrong, match.start(), len(right)) for right, wrong in CONFUSIONS
            for match in re.finditer(right, word)]
    if kind < 0.6 and fits:
        wrong, at, length = pick(rng, fits)
        return word[:at] + wrong + word[at + length:]
    return pick(rng, OTHER_WORDS) if kind < 0.88 else ""


def predict(text, mode, rng, fault):
    ratio = len(text.split()) * TOKENS_PER_WORD / VISION_TOKENS[mode]
    chance = WORST / (1 + math.exp((MIDDLE - ratio) / SPREAD))
    lines = [" ".join(filter(None, (damage(word, rng) if rng.random() < chance else word
                                    for word in words))) for words in read_carefully(text)]
    written = "\n\n".join(filter(None, lines))
    if fault == "cut":
        written = written[:int(len(written) * KEPT_OF_LONGEST)].rsplit(" ", 1)[0]
    if fault == "loop":
        written = written[:int(len(written) * KEPT_BEFORE_LOOP)].rsplit(" ", 1)[0]
        written += (" " + " ".join(written.split()[-LOOP_WORDS:])) * LOOP_ROUNDS
    return written


def main():
    pages = {record["image"]: record["conversations"][1]["value"]
             for record in json.loads((DATA / "en_page_ocr.json").read_text("utf-8"))}
    by_length = sorted(pages, key=lambda image: len(pages[image]), reverse=True)
    faults = {("tiny", by_length[0]): "cut", ("tiny", by_length[1]): "loop"}
    (DATA / "predictions").mkdir(exist_ok=True)
    for mode in VISION_TOKENS:
        records = [{"image": image, "pred": predict(text, mode, random.Random(f"{mode} {image}"),
                                                    faults.get((mode, image)))}
                   for image, text in pages.items()]
        (DATA / "predictions" / f"page_{mode}.json").write_text(
            json.dumps(records, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
