"""Words and their stems by nltk's PorterStemmer, for tests/metrics/porter_test.cpp.

Usage: make_porter_vectors.py /usr/share/wordnet tests/golden/fox/porter_vectors.json

Needs nltk (3.10.4 made the committed file). The words are lemmas and irregular forms of WordNet 3.0
with inflections glued on; a word is kept while one of the rules that fire on it, or are turned
down by their condition, has been seen on fewer than PER_RULE words. The choice is deterministic.
"""

import hashlib
import json
import sys
from pathlib import Path

import nltk
from nltk.stem.porter import PorterStemmer

PER_RULE = 15
ENDINGS = ["", "s", "es", "ed", "ied", "eed", "ing", "ying", "y", "ly", "ally", "fully",
           "ness", "izer", "ization", "ational", "tional", "ator", "alism", "iveness",
           "fulness", "ousness", "ality", "ivity", "ability", "icate", "ative", "alize",
           "icity", "ical", "ful", "ement", "ology", "ency", "ancy", "ently", "ously", "ely",
           "ably", "sion", "tion", "ion", "ll", "ss", "sses"]
# Short words, runs of y, accents, digits, punctuation and words that only just miss a rule.
EXTRA = """
a y i as is by ox yy yyy yyyy yyyyy ayy yay eye dye sky skies dying lying tying news inning
innings outing outings canning cannings howe proceed exceed succeed proceeds succeeded dies died
ties tied flies cries spied s ss sss ies eed ed ing ling bing ying aed aing eing bled sing feed
agreed bleed café cafés naïvely façade élan señores über straße ångströms résumés 中文 中文s 1990s
2nd 3.14 a1b2ed u.s. u.s.a e.g. "quoted" (running) running, running. well-being self-adjusting
don't dog's dogs' "'tis" end. it's 's --- *** _ a_bing geologi theologi logi alli aalli fulli
nationally formationally rationally geology archaeology ideology controll rolling rolls hopping
hoping falling hissing fizzed filing failing siz sized conflated troubled enjoy enjoyed happy
spy try fly day toy boxed wax fixed snowed playing ation ization eli bli""".split()


class Tracer(PorterStemmer):
    """Notes every rule that was applied or turned down, with the step it belongs to."""

    def trace(self, word):
        self.events = set()
        stem = self.stem(word)
        if stem == self.pool.get(word):
            self.events.add(("irregular", word))
        return stem, self.events

    def _apply_rule_list(self, word, rules):
        result = super()._apply_rule_list(word, rules)
        for suffix, _, _ in rules:
            matches = self._ends_double_consonant(word) if suffix == "*d" else word.endswith(suffix)
            if matches:
                self.events.add((len(rules), suffix, result != word))
                break
        return result

    def _ends_cvc(self, word):
        result = super()._ends_cvc(word)
        self.events.add(("cvc", result, len(word) == 2))
        return result

    def _step5a(self, word):
        result = super()._step5a(word)
        if word.endswith("e"):
            self.events.add(("5a", min(self._measure(word[:-1]), 2), result != word))
        return result


def base_words(folder):
    words = set()
    for part in ("noun", "verb", "adj", "adv"):
        for line in (folder / f"index.{part}").read_text().splitlines():
            if not line.startswith(" "):
                words.update(line.split()[0].split("_"))
        for line in (folder / f"{part}.exc").read_text().splitlines():
            words.update(word for word in line.split() if "_" not in word)
    return sorted(words - {""})


def main():
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    tracer = Tracer()
    vectors = {word: tracer.trace(word)[0] for word in EXTRA}
    candidates = {stem[: len(stem) - cut] + ending for stem in base_words(folder)[::3]
                  for ending in ENDINGS for cut in (0, 1)}
    order = sorted(candidates - {""}, key=lambda word: hashlib.sha256(word.encode()).digest())
    seen = {}
    for word in order:
        stem, events = tracer.trace(word)
        if any(seen.get(event, 0) < PER_RULE for event in events):
            vectors[word] = stem
            for event in events:
                seen[event] = seen.get(event, 0) + 1
    head = {"nltk": nltk.__version__, "per_rule": PER_RULE, "rules_seen": len(seen)}
    body = ",\n".join(json.dumps(pair, ensure_ascii=False) for pair in sorted(vectors.items()))
    out.write_text(json.dumps(head)[:-1] + ',\n"vectors": [\n' + body + "\n]}\n", encoding="utf-8")
    print(f"{len(vectors)} words, {len(seen)} rule outcomes")


if __name__ == "__main__":
    main()
