"""Reads CoNLL-U that Glosse wrote with conllu and with udapi (which knows the brackets of CorefUD), and validates it.

Called as `python check.py GOLDEN.jsonl FOLDER REPORT.json`. The golden article has no syntax, so `out.conllu` is valid on level
1 at most; other `.conllu` files in the folder are exports of valid files and have to pass level 2.
"""

import subprocess
import sys
import urllib.parse
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "conll"))

import compare
import conllu
import udapi
from udapi.core.document import Document

SPACES = {"s": " ", "t": "\t", "n": "\n", "r": "\r", "p": "|", "\\": "\\"}


def spelled(form):
    """The white space that SpacesAfter spells."""
    text, chars = "", iter(form)
    for char in chars:
        if char != "\\":
            text += char
        elif (kind := next(chars)) == "u":
            text += chr(int("".join(next(chars) for _ in range(4)), 16))
        else:
            text += SPACES[kind]
    return text


def with_conllu(content):
    """The text, and where each word is in it."""
    text, found = "", []
    sentences = conllu.parse(content)
    for number, sentence in enumerate(sentences):
        for index, word in enumerate(sentence):
            misc = word["misc"] or {}
            is_last = index + 1 == len(sentence)
            start = len(text)
            text += word["form"]
            found.append((start, len(text)))
            if misc.get("SpaceAfter") == "No":
                continue
            usual = "\n" if is_last and number + 1 < len(sentences) else "" if is_last else " "
            text += spelled(misc["SpacesAfter"]) if "SpacesAfter" in misc else usual
    return text, found


def with_udapi(path):
    """Entities as label, numbers of the first and the last word, and the id of the entity."""
    document = Document(str(path))
    numbers = {node: number for number, node in enumerate(document.nodes)}
    spans = []
    for mention in document.coref_mentions:
        words = [numbers[word] for word in mention.words]
        spans.append((mention.entity.etype, words[0], words[-1], mention.entity.eid))
    return spans


def validate(path, level):
    command = [sys.executable, "-m", "udtools.cli", "--lang", "de", "--level", str(level), "--no-warnings", str(path)]
    script = Path(sys.executable).with_name("udvalidate")
    if script.exists():
        command = [str(script), *command[3:]]
    if level == 1:
        # The golden text has a combining mark on purpose.
        command += ["--exclude", "unicode-normalization"]
    answer = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    faults = [line for line in (answer.stdout + answer.stderr).splitlines() if line.startswith("[")]
    count = max(len(faults), answer.returncode != 0)
    why = "; ".join(faults[:3]) or ("valid" if count == 0 else "not valid")
    cells = ["conllu", f"udvalidate --level {level} {path.name}", version("udtools"), "1", "0", "0", str(count), why]
    print("\t".join(cells))
    return count == 0


def main():
    golden, folder, report = sys.argv[1:4]
    article, losses = compare.load(golden, report)
    path = Path(folder, "out.conllu")
    text, found = with_conllu(path.read_text(encoding="utf-8"))
    good = text == article["text"]
    why = "the text is the same" if good else "the text is another one"
    print("\t".join(["conllu", "conllu", version("conllu"), "1", "0", "0", str(int(not good)), why]))
    spans = with_udapi(path)
    decode = urllib.parse.unquote
    seen = sorted((decode(label).replace(" ", "_"), found[first][0], found[last][1]) for label, first, last, _ in spans)
    good &= compare.line("conllu", "udapi", version("udapi"), 1, seen, compare.expected(article, losses, found))
    named = sorted(decode(entity) for *_, entity in spans if not entity.startswith("e"))
    kept = [span for span in article["spans"] if span.get("entity") and not any(
        what.startswith("span ") for what in losses.get(span["id"], []))]
    if named != sorted(span["entity"] for span in kept):
        print(f"conllu\tudapi\t{version('udapi')}\t1\t0\t0\t1\tentities are {named}")
        good = False
    for other in sorted(Path(folder).glob("*.conllu")):
        good &= validate(other, 1 if other == path else 2)
    sys.exit(0 if good else 1)


main()
