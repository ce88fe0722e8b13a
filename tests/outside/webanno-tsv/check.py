"""Has web-anno-tsv read what Glosse wrote, and compares the named entities with the golden article.

    python check.py GOLDEN.jsonl FOLDER REPORT.json

FOLDER has what `glosse convert GOLDEN.jsonl FOLDER/out.tsv --to webanno-tsv` wrote, REPORT.json its losses. Prints, with tabs between:
format, reader, version, documents, spans, relations, differences, explanation. Exits with 1 if there are differences.

No package reads all of the format, and the program that it comes from is not to be had as one. This one reads text, tokens and the
labels of one span layer, sentence by sentence; relations and links it passes over.
"""

import json
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path

from web_anno_tsv import open_web_anno_tsv, web_anno_tsv

ESCAPES = {"t": "\t", "r": "\r", "n": "\n", "b": "\b", "f": "\f", "\\": "\\"}


def unescape(text):
    """The package leaves `\\t` and `\\r` as they are, and then finds nothing behind them at its place."""
    parts = iter(text)
    return "".join(ESCAPES.get(next(parts, "\\")) if char == "\\" else char for char in parts)


web_anno_tsv.un_escape_text = unescape


def main():
    golden = [json.loads(line) for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()]
    losses = json.loads(Path(sys.argv[3]).read_text(encoding="utf-8"))
    paths = sorted(path for path in Path(sys.argv[2]).rglob("*.tsv") if path.is_file())
    notes, differences, spans = [], [], 0
    if any(path.read_bytes().startswith(b"\xef\xbb\xbf") for path in paths):
        differences.append("a byte order mark")
    for article, path in zip(golden, paths, strict=True):
        own = [loss for loss in losses if loss["article"] == article["id"]]
        lost = {loss["annotation"] for loss in own if loss["what"].startswith("span ")}
        joined = {loss["annotation"] for loss in own if loss["what"].startswith("the gaps")}
        text, at, stretches, found = article["text"], 0, [], Counter()
        with open_web_anno_tsv(str(path)) as sentences:
            for sentence in sentences:
                start = text.find(sentence.text, at)
                if start < 0:
                    differences.append(f"the text has no {sentence.text!r}")
                    continue
                at = start + len(sentence.text)
                stretches.append((start, at))
                for one in sentence.annotations:
                    found[(one.label, start + one.start, start + one.stop, one.text)] += 1
        between = [text[end:begin] for (_, end), (begin, _) in zip(stretches, stretches[1:])]
        if text[: stretches[0][0]].strip(" ") or any(gap not in ("", "\n") for gap in between) or text[at:]:
            differences.append("text outside of sentences")
        expected = Counter()
        for span in article["spans"]:
            if span["id"] in lost:
                continue
            pieces = span["fragments"]
            if span["id"] in joined:
                pieces = [[pieces[0][0], pieces[-1][1]]]
                notes.append(f"{span['id']} without its gaps, as reported")
            start, end = pieces[0]
            cut = [(max(start, a), min(end, b)) for a, b in stretches if a < end and start < b or start == end and a <= start < b]
            if len(cut) > 1:
                notes.append(f"{span['id']} in pieces, as it reads each sentence by itself")
                cut = [(a, a + len(text[a:b].rstrip())) for a, b in cut]
            expected.update((span["label"], a, b, text[a:b]) for a, b in cut)
        spans += sum(found.values())
        differences += [f"{one} is missing" for one in (expected - found).elements()]
        differences += [f"{one} is too much" for one in (found - expected).elements()]
    explanation = "; ".join(differences or [*notes, "its unescaping of tabs and carriage returns is repaired", "relations are not read"])
    row = ["webanno-tsv", "web-anno-tsv", version("web-anno-tsv"), len(paths), spans, 0, len(differences), explanation]
    print("\t".join(map(str, row)))
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
