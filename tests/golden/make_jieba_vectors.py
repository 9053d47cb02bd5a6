"""Writes fox/jieba_vectors.json: made-up strings with the tokens of jieba 0.42.1's lcut.

Usage: python3 make_jieba_vectors.py OUTPUT, with jieba importable (Debian: python3-jieba). The seed
is fixed, so the same jieba gives the same bytes. The strings are random pieces: words and beginnings
of words of jieba's own list, Han characters of all frequencies, numbers, Latin, symbols, white space.
"""

import json
import logging
import pathlib
import random
import sys

import jieba

SEED = 20251124
NUM_TEXTS = 360
DICTIONARY = pathlib.Path(jieba.__file__).parent / "dict.txt"

SYMBOLS = [
    "3.14%", "50%", "1.2.3", "a.5b", "50.%", ".5", "-3.2", "+1", "C++", "c#", "AT&T", "B超", "T恤", "x_y", "A-B",
    "%%", "…", "１２３．５％", "٣.٤", "1.٣", "Ａｂ", "v2.0beta", "#&._%-", "2025-01-01",
]
SPACES = [" ", "\n", "\r", "\r\n", "\r\r\n\n", "\t", "\u3000", "\u00a0", "\x1c", "\u200b", "\u2028"]
OTHER = [
    "😀", "é", "e\u0301", "مرحبا", "שלום", "\U00020000", "\u3400", "\u9fd5", "\u9fd6", "\u9fff", "\ufffd",
]
SENTENCES = [
    "",
    "中",
    "\r\n",
    "清晨的渡船缓缓靠近了灯火通明的码头。",
    "陈思远和林佳怡昨天去了青枫镇的旧书店",
    "这台打印机每分钟印36.5页，卡纸率是0.8%。",
    "他把第2卷 第15页\n反复读了三遍",
    "她会讲故事的爷爷最会讲故事",
    "長途火車停在了無人的小站",
    "使用C++编写的OCR程序v2.0beta比旧版快了50%！",
]


def make_texts() -> list[str]:
    rng = random.Random(SEED)
    words = [line.split(" ")[0] for line in DICTIONARY.read_text(encoding="utf-8").splitlines()]
    single = [word for word in words if len(word) == 1]

    def han(first: int, last: int, most: int) -> str:
        return "".join(chr(rng.randint(first, last)) for _ in range(rng.randint(1, most)))

    def swapped_words() -> str:
        pair = rng.choice(words) + rng.choice(words)
        cut = rng.randrange(len(pair))
        return pair[cut:] + pair[:cut]

    def beginning_of_word() -> str:
        word = rng.choice(words)
        return word[: rng.randint(1, len(word))]

    makers = [
        (5, lambda: rng.choice(words)),
        (2, beginning_of_word),
        (2, swapped_words),
        (2, lambda: "".join(rng.choice(single) for _ in range(rng.randint(1, 10)))),
        (1, lambda: han(0x4E00, 0x9FD5, 6)),
        (1, lambda: han(0x9FA0, 0x9FE0, 4)),
        (1, lambda: rng.choice(SYMBOLS)),
        (1, lambda: "".join(rng.choice("abXYZ019+#&._%-") for _ in range(rng.randint(1, 8)))),
        (1, lambda: rng.choice(SPACES)),
        (1, lambda: rng.choice("，。！？、；：“”（）《》—·…")),
        (1, lambda: rng.choice(OTHER)),
    ]
    weights, pieces = zip(*makers)
    return SENTENCES + [
        "".join(rng.choices(pieces, weights)[0]() for _ in range(rng.randint(1, 14)))
        for _ in range(NUM_TEXTS - len(SENTENCES))
    ]


def main() -> None:
    jieba.setLogLevel(logging.ERROR)
    if jieba.__version__ != "0.42.1":
        sys.exit(f"need jieba 0.42.1, found {jieba.__version__}")
    rows = [json.dumps(jieba.lcut(text), ensure_ascii=False) for text in make_texts()]
    content = '{"jieba": "0.42.1", "tokens": [\n' + ",\n".join(rows) + "\n]}\n"
    pathlib.Path(sys.argv[1]).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
