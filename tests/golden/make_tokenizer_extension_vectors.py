"""Makes tests/golden/tokenizer/extension_vectors.json: ids of Hugging Face's tokenizers for a vocabulary that dsocr has grown.

Usage: make_tokenizer_extension_vectors.py DSOCR OUTPUT_FOLDER
DSOCR is the program; OUTPUT_FOLDER has trained_tokenizer.json, which is grown. The library must give texts without new
characters the ids that they had, else this stops. Kept are the texts that were learnt from, the SHA-256 of the grown
file, and the library's ids of some texts. The texts are made up; the seed is fixed.
"""

import hashlib
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import tokenizers

SEED = 20257
SIZE = 60
HEBREW = "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd \u05e1\u05e4\u05e8 \u05d2\u05d3\u05d5\u05dc \u05d1\u05d9\u05ea"
DEVANAGARI = "\u0939\u093f\u0928\u094d\u0926\u0940 \u092d\u093e\u0937\u093e \u092a\u0941\u0938\u094d\u0924\u0915"
OTHERS = ["\u6df1\u5ea6", "caf\u00e9", "\u03bb\u03cc\u03b3\u03bf\u03c2", "\U0001f600", "\u0e01\u0e02", "x_1", "3.14"]


def mixture(rng: random.Random, words: list[str], count: int) -> str:
    return "".join(rng.choice(words) + rng.choice([" ", " ", ", ", ".\n", "-"]) for _ in range(count))


def main() -> None:
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    old = tokenizers.Tokenizer.from_file(str(folder / "trained_tokenizer.json"))
    rng = random.Random(SEED)
    new_words = HEBREW.split() + DEVANAGARI.split()
    texts = [mixture(rng, new_words + ["kalo", "dsocr"], 120) for _ in range(2)]
    with tempfile.TemporaryDirectory() as scratch:
        sources = []
        for i, text in enumerate(texts):
            sources.append(pathlib.Path(scratch) / f"{i}.txt")
            sources[-1].write_text(text, encoding="utf-8")
        out = pathlib.Path(scratch) / "tokenizer.json"
        command = [program, "data", "tokenizer", "extend", folder / "trained_tokenizer.json", *sources]
        subprocess.run([*command, "--size", str(SIZE), "--out", out], check=True)
        grown_json = out.read_text(encoding="utf-8")
    grown = tokenizers.Tokenizer.from_str(grown_json)
    for _ in range(500):
        text = mixture(rng, OTHERS + ["kalo", "Termi", "<image>"], 30)
        if old.encode(text).ids != grown.encode(text).ids:
            sys.exit(f"other ids than before: {text}")
    encoded = [mixture(rng, new_words + OTHERS + ["<|ref|>", "<td>"], 40) for _ in range(6)]
    encodings = [[text, grown.encode(text, add_special_tokens=False).ids] for text in encoded]
    vectors = {"library": "tokenizers " + tokenizers.__version__, "seed": SEED, "size": SIZE, "texts": texts}
    vectors |= {"sha256": hashlib.sha256(grown_json.encode()).hexdigest(), "encodings": encodings}
    (folder / "extension_vectors.json").write_text(json.dumps(vectors, indent=0) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
