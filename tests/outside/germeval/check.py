"""Reads a GermEval file that Glosse wrote: both columns of tags with seqeval (strict IOB2).

Called as `python check.py GOLDEN.jsonl FOLDER REPORT.json`.
"""

import sys
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "conll"))

import compare
from seqeval.scheme import IOB2, Entities


def main():
    golden, folder, report = sys.argv[1:4]
    article, losses = compare.load(golden, report)
    content = Path(folder, "out.tsv").read_text(encoding="utf-8")
    blocks = [block.splitlines() for block in content.split("\n\n") if block.strip()]
    tokens, spans = [], []
    for comment, *rows in blocks:
        assert comment.startswith("#\t"), comment
        rows = [row.split("\t") for row in rows]
        assert [int(row[0]) for row in rows] == list(range(1, len(rows) + 1))
        assert all(len(row) == 4 for row in rows)
        for level in (2, 3):
            (found,) = Entities([[row[level] for row in rows]], scheme=IOB2).entities
            spans += [(entity.tag, len(tokens) + entity.start, len(tokens) + entity.end) for entity in found]
        tokens += [row[1] for row in rows]
    found = compare.places(article["text"], tokens)
    seen = sorted((label, found[first][0], found[end - 1][1]) for label, first, end in spans)
    wanted = compare.expected(article, losses, found, suffix="part")
    sys.exit(0 if compare.line("germeval", "seqeval", version("seqeval"), 1, seen, wanted) else 1)


main()
