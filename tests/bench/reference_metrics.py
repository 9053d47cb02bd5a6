"""Times of the Python metrics on one thread, to set beside `dsocr bench metrics`.

Usage: reference_metrics.py WORDNET_FOLDER PAIRS_JSONL REPEATS
PAIRS_JSONL has one {"gt": ..., "pred": ...} per line. Prints one JSON object; "seconds" has the time
of each repeat over all pairs after one repeat of warm-up that is not reported, "total" the sum of
their values. Every metric starts from the decoded texts: where it needs words, cutting them is part
of its time. METEOR looks for synonyms when the folder has WordNet's dictionary files; else
"meteor_wordnet" is false and only equal words and equal stems match.
"""

import argparse
import atexit
import json
import pathlib
import shutil
import tempfile
import time
import warnings

import nltk
import rapidfuzz
from nltk.corpus.reader.wordnet import WordNetCorpusReader
from nltk.stem import PorterStemmer
from nltk.translate.bleu_score import sentence_bleu
from nltk.translate.meteor_score import single_meteor_score
from rapidfuzz.distance import Levenshtein


class NoWordNet:
    """Stands in for the corpus reader: knows no word."""

    def synsets(self, _word: str) -> list:
        return []


class DictionaryReader(WordNetCorpusReader):
    def map_wn(self, version="wordnet"):
        """Needs the sense index, and only translates other WordNet versions to this one."""
        return None


def read_wordnet(folder: str):
    """nltk's reader over Debian's dictionary files, which lack only the list of lexicographer files."""
    corpus = tempfile.mkdtemp(prefix="dsocr-bench-wordnet-")
    atexit.register(shutil.rmtree, corpus)
    for file in pathlib.Path(folder).iterdir():
        if file.is_file():
            shutil.copy(file, corpus)  # nltk follows no links out of its folder
    parts = [3, 3, 4] + [1] * 26 + [2] * 15 + [3]  # part of speech of lexicographer files 00..44
    names = "".join(f"{number:02}\tfile{number}\t{part}\n" for number, part in enumerate(parts))
    (pathlib.Path(corpus) / "lexnames").write_text(names, encoding="ascii")
    nltk.data.path.append(corpus)  # nltk reads from its own folders only
    return DictionaryReader(corpus, None)


def find_wordnet(folder: str):
    if (pathlib.Path(folder) / "data.noun").exists():
        return read_wordnet(folder), True
    return NoWordNet(), False


def set_overlap(gt: str, pred: str) -> float:
    """Computes precision, recall and F; returns recall, 0 for an empty reference."""
    reference, hypothesis = set(gt.split()), set(pred.split())
    common = len(reference & hypothesis)
    precision = common / len(hypothesis) if hypothesis else None
    recall = common / len(reference) if reference else None
    if precision and recall:
        1 / (0.5 / precision + 0.5 / recall)
    return recall or 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wordnet_folder")
    parser.add_argument("pairs_jsonl")
    parser.add_argument("repeats", type=int)
    arguments = parser.parse_args()
    if arguments.repeats < 1:
        parser.error("REPEATS must be at least 1")

    with open(arguments.pairs_jsonl, encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines if line.strip()]
    pairs = [(record["gt"], record["pred"]) for record in records]
    warnings.simplefilter("ignore")  # nltk warns of every order without a match
    wordnet, has_wordnet = find_wordnet(arguments.wordnet_folder)
    stemmer = PorterStemmer()

    def bleu(gt: str, pred: str) -> float:
        return sentence_bleu([gt.split()], pred.split())

    def meteor(gt: str, pred: str) -> float:
        return single_meteor_score(gt.split(), pred.split(), stemmer=stemmer, wordnet=wordnet)

    def timed(metric) -> dict:
        times = []
        for _ in range(arguments.repeats + 1):
            start = time.perf_counter()
            total = sum(metric(gt, pred) for gt, pred in pairs)
            times.append(time.perf_counter() - start)
        return {"seconds": times[1:], "total": total}

    metrics = {
        "edit_distance": Levenshtein.distance,
        "bleu": bleu,
        "meteor": meteor,
        "set_overlap": set_overlap,
    }
    result = {
        "versions": {"rapidfuzz": rapidfuzz.__version__, "nltk": nltk.__version__},
        "pairs": len(pairs),
        "meteor_wordnet": has_wordnet,
        "results": {name: timed(metric) for name, metric in metrics.items()},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
