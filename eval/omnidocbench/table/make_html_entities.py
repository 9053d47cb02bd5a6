#!/usr/bin/env python3
"""Writes html_entities.inc: the named characters of HTML as Python's html.entities.html5 has them.

Usage: make_html_entities.py > html_entities.inc
"""

from html.entities import html5

WIDTH = 96


def entry(name):
    """NAME=HEX or NAME=HEX+HEX; a ! stands for = where the semicolon may be left out."""
    text = html5[name + ";"]
    legacy = name in html5
    assert not legacy or html5[name] == text
    return name + ("!" if legacy else "=") + "+".join(f"{ord(c):X}" for c in text)


def main():
    names = sorted({name.rstrip(";") for name in html5})
    assert sum(1 + (name in html5) for name in names) == len(html5)
    print("// Written by make_html_entities.py; do not edit.")
    print("// clang-format off")
    line = ""
    for name in names:
        word = entry(name) + " "
        if len(line) + len(word) > WIDTH:
            print(f'"{line}"')
            line = ""
        line += word
    print(f'"{line}"')


if __name__ == "__main__":
    main()
