"""Makes tests/golden/tokenizer/trained_tokenizer.json and training_vectors.json with Hugging Face's BpeTrainer.

Usage: make_tokenizer_training_vectors.py TOKENIZER_JSON OUTPUT_FOLDER
TOKENIZER_JSON is share/deepseek-ocr/tokenizer.json of the installed dependencies, whose settings are used. Each case
has texts, settings, the merges and the SHA-256 of the file that the library saves; the file of the first case is kept
whole, with encodings of some texts. The texts are made up; the seed is fixed.
"""

import argparse
import hashlib
import json
import pathlib
import random

import tokenizers
from tokenizers import pre_tokenizers, trainers

SEED = 20256
BAR, BLOCK = "\uff5c", "\u2581"
SPECIAL = [f"<{BAR}begin{BLOCK}of{BLOCK}sentence{BAR}>", f"<{BAR}end{BLOCK}of{BLOCK}sentence{BAR}>"]
SPECIAL += [f"<{BAR}{BLOCK}pad{BLOCK}{BAR}>", "<image>", "<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>"]
SPECIAL += ["<|grounding|>", "<td>", "</td>", "<tr>", "</tr>"]
SCRIPTS = ["\u0436\u0438\u0442\u044c", "\u05d0\u05d1\u05d2", "\u0628\u062a", "\u6df1\u5ea6\u6c42\u7d22\u5b57"]
SCRIPTS += ["\u3042\u3044\u30ab\u30ad", "\u0e01\u0e02\u0e31", "\u0939\u093f\u0902", "\uac00\ub098", "\U0001f600\U0001f3fb"]
PIECES = ["don't", "I'll", "1234567", "3.14", "x_1", "f(x)", "://", "  ", "\t", "\n\n", "\r\n", " \n ", "...", "\u00a0"]
PIECES += ["| --- | --- |\n", "<table><tr><td>7</td></tr></table>", "<image>", "**bold**", "e\u0301t\u00e9", "\u2028"]


def prose(rng: random.Random, num_words: int) -> str:
    syllables = ["ka", "lo", "mi", "ter", "an", "pre", "ing", "so", "u", "est", "ri", "don"]
    words = ["".join(rng.choices(syllables, k=rng.randint(1, 4))) for _ in range(300)]
    chosen = rng.choices(words, [1 / (rank + 1) for rank in range(len(words))], k=num_words)
    return " ".join(w.capitalize() + "." if rng.random() < 0.1 else w for w in chosen)


def mixture(rng: random.Random, num_parts: int) -> str:
    parts = [PIECES, PIECES, [rng.choice(SCRIPTS) for _ in range(3)], prose(rng, 40).split(" ")]
    return "".join(rng.choice(rng.choice(parts)) + rng.choice(["", " ", " ", "\n"]) for _ in range(num_parts))


def runs(rng: random.Random, alphabet: str, num_runs: int) -> str:
    return "".join(rng.choice(alphabet) * rng.choice([1, 1, 2, 3, 4, 7]) for _ in range(num_runs))


def train(settings: dict, case: dict) -> tokenizers.Tokenizer:
    tokenizer = tokenizers.Tokenizer.from_str(json.dumps(settings))
    trainer = trainers.BpeTrainer(
        vocab_size=case["vocab_size"],
        min_frequency=case["min_frequency"],
        max_token_length=case["max_token_length"] or None,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(case["texts"], trainer)
    return tokenizer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tokenizer_json", type=pathlib.Path)
    parser.add_argument("output_folder", type=pathlib.Path)
    arguments = parser.parse_args()
    settings = json.loads(arguments.tokenizer_json.read_text(encoding="utf-8"))
    settings["added_tokens"] = []
    settings["model"] |= {"vocab": {}, "merges": []}
    rng = random.Random(SEED)
    made = [
        # texts, vocab_size, min_frequency, max_token_length
        ([prose(rng, 300), mixture(rng, 150), mixture(rng, 150)], 512, 2, 0),
        ([prose(rng, 200)], 900, 1, 0),  # ends when no pair is left
        ([prose(rng, 200)], 900, 4, 0),  # ends when no pair is frequent enough
        ([mixture(rng, 200) for _ in range(3)], 600, 2, 6),
        ([runs(rng, "ab", 120) for _ in range(3)], 500, 1, 0),
        ([runs(rng, "-= |\n", 200)], 400, 1, 4),
        ([runs(rng, "abc \n", 60) for _ in range(5)], 400, 1, 2),
        (["abab"], 269, 1, 0),  # no room for a merge
    ]
    cases = []
    for texts, vocab_size, min_frequency, max_token_length in made:
        case = {"vocab_size": vocab_size, "min_frequency": min_frequency, "max_token_length": max_token_length}
        tokenizer = train(settings, case | {"texts": texts})
        saved = tokenizer.to_str(pretty=True)
        if not cases:
            (arguments.output_folder / "trained_tokenizer.json").write_text(saved, encoding="utf-8")
            encoded = [prose(rng, 20), mixture(rng, 30), "<image>\n<|grounding|>Convert the document to markdown."]
            encodings = [[text, tokenizer.encode(text, add_special_tokens=False).ids] for text in encoded]
        case["sha256"] = hashlib.sha256(saved.encode()).hexdigest()
        case["merges"] = ["\t".join(merge) for merge in json.loads(saved)["model"]["merges"]]
        cases.append(case | {"texts": texts})
    header = {"library": "tokenizers " + tokenizers.__version__, "seed": SEED, "encodings": encodings, "cases": cases}
    (arguments.output_folder / "training_vectors.json").write_text(json.dumps(header, indent=0) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
