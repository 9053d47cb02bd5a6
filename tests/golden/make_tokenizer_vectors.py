"""Makes tests/golden/tokenizer/unicode_vectors.json with the Python `tokenizers` library.

Usage: make_tokenizer_vectors.py TOKENIZER_JSON COUNT OUTPUT_JSON
TOKENIZER_JSON is share/deepseek-ocr/tokenizer.json of the installed dependencies. The texts are random
strings of odd white space, marks, scripts, characters newer than Unicode 14, and pieces of added
tokens; each vector is [text, ids without special tokens]. The seed is fixed.
"""

import argparse
import json
import random

import tokenizers

SEED = 20251
SPACES = [0x9, 0xA, 0xB, 0xC, 0xD, 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029]
SPACES += [0x202F, 0x205F, 0x3000]
LIKE_SPACES = [0x0, 0x1C, 0x1D, 0x1E, 0x1F, 0x7F, 0x180E, 0x200B, 0x200D, 0x2060, 0xFEFF]
MARKS = [0x300, 0x301, 0x308, 0x483, 0x489, 0x5B0, 0x64B, 0x93F, 0x94D, 0xE31, 0x20DD, 0x3099, 0xFE0F]
NUMBERS = [0x30, 0x31, 0x39, 0xB2, 0xBD, 0x660, 0x6F5, 0x967, 0x2167, 0x2460, 0x3007, 0x1D7CE]
LETTERS = "aZs\u00DF\u0130\u01C5\u02B0\u03A9\u0436\u05D0\u0627\u0939\u0E01\u1100\uAC00\U00010400"
IDEOGRAPHS = [0x4DFF, 0x4E00, 0x4E2D, 0x9FA5, 0x9FA6, 0x20000, 0x303F, 0x3040, 0x3042, 0x309F, 0x30A0]
IDEOGRAPHS += [0x30A2, 0x30FF, 0x3100, 0xFF76]
SYMBOLS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\u00A7\u00AB\u2014\u20AC\u2211\u3002\uFF0C\U0001F600"
NEWER = [0x1C89, 0x0897, 0x1FAE8, 0x1FAE9, 0x31350, 0x2EBF0, 0x2FFC, 0x10D40, 0x1B4E, 0x11F04]
OTHERS = [0xAD, 0x378, 0xE000, 0xFFFD, 0xFFFE, 0x1F3FB, 0x10FFFF]
WORDS = ["the", " The", "Hello", " world", "don't", "I'LL", "  ", "\r\n", "\n\n", " \n ", "\t\t", "123", "4567"]
WORDS += ["\u6DF1\u5EA6\u6C42\u7D22", "\u3053\u3093\u306B\u3061\u306F", "e\u0301t\u00E9", "def f(x):", "://"]
ADDED = ["<image>", "<|ref|>", "<|/ref|>", "<|det|>", "<td>", "</td>", "<tr>", "<|grounding|>", "<td", "<|", "|>"]
ADDED += ["<\uFF5CUser\uFF5C>", "<\uFF5Ctool\u2581sep\uFF5C>", "<\uFF5CUser", "<image", "<\uFF5C"]


def random_text(rng: random.Random) -> str:
    def any_scalar() -> str:
        code_point = rng.randrange(0x110000 - 0x800)
        return chr(code_point if code_point < 0xD800 else code_point + 0x800)

    sources = [SPACES, SPACES, LIKE_SPACES, MARKS, NUMBERS, LETTERS, LETTERS, IDEOGRAPHS, SYMBOLS, SYMBOLS]
    sources += [NEWER, OTHERS, WORDS, WORDS, ADDED]
    # A few sources per string, so that runs of one kind are common.
    chosen = rng.sample(sources, rng.randint(1, 4))
    text = ""
    for _ in range(rng.randint(1, 14)):
        if rng.random() < 0.03:
            text += any_scalar()
            continue
        item = rng.choice(rng.choice(chosen))
        text += (chr(item) if isinstance(item, int) else item) * rng.choice((1, 1, 1, 2, 3))
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tokenizer_json")
    parser.add_argument("count", type=int)
    parser.add_argument("output_json")
    arguments = parser.parse_args()
    tokenizer = tokenizers.Tokenizer.from_file(arguments.tokenizer_json)
    rng = random.Random(SEED)
    texts = [random_text(rng) for _ in range(arguments.count)]
    vectors = [[text, tokenizer.encode(text, add_special_tokens=False).ids] for text in texts]
    with open(arguments.output_json, "w", encoding="ascii") as out:
        header = {"library": "tokenizers " + tokenizers.__version__, "seed": SEED}
        out.write(json.dumps(header)[:-1] + ', "vectors": [\n')
        out.write(",\n".join(json.dumps(vector, separators=(",", ":")) for vector in vectors))
        out.write("\n]}\n")


if __name__ == "__main__":
    main()
