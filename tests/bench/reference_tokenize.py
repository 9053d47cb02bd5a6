"""Encode rate of the Python `tokenizers` library on one thread, to set beside `dsocr bench tokenize`.

Usage: reference_tokenize.py TOKENIZER_JSON TEXTS_JSONL REPEATS
TEXTS_JSONL has one {"text": ...} per line. Prints one JSON object; "seconds" has the time of each
repeat over all texts, after one repeat of warm-up that is not reported.
"""

import argparse
import json
import os
import time

# Read by the library when it is imported.
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import tokenizers  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tokenizer_json")
    parser.add_argument("texts_jsonl")
    parser.add_argument("repeats", type=int)
    arguments = parser.parse_args()
    if arguments.repeats < 1:
        parser.error("REPEATS must be at least 1")

    with open(arguments.texts_jsonl, encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines if line.strip()]
    tokenizer = tokenizers.Tokenizer.from_file(arguments.tokenizer_json)

    def encode_all() -> int:
        encode = tokenizer.encode
        return sum(len(encode(text, add_special_tokens=False)) for text in texts)

    num_tokens = encode_all()
    seconds = []
    for _ in range(arguments.repeats):
        start = time.perf_counter()
        encode_all()
        seconds.append(time.perf_counter() - start)
    result = {
        "library": "tokenizers",
        "version": tokenizers.__version__,
        "texts": len(texts),
        "bytes": sum(len(text.encode("utf-8")) for text in texts),
        "tokens": num_tokens,
        "seconds": seconds,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
