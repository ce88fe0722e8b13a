"""Reads CoNLL that Glosse wrote with seqeval (strict IOB2) and with the converter of spaCy.

Called as `python check.py GOLDEN.jsonl FOLDER REPORT.json`.
"""

import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import compare
import spacy
from seqeval.scheme import IOB2, Entities
from spacy.tokens import DocBin

DOCUMENT = "-DOCSTART-"


def with_seqeval(content):
    """Tokens, and entities as label with the numbers of the first token and the one behind the last."""
    blocks = [block.splitlines() for block in content.split("\n\n") if block.strip()]
    rows = [[row.split("\t") for row in block if not row.startswith(DOCUMENT)] for block in blocks]
    rows = [block for block in rows if block]
    entities = Entities([[row[-1] for row in block] for block in rows], scheme=IOB2)
    tokens, spans = [], []
    for block, found in zip(rows, entities.entities):
        spans += [(entity.tag, len(tokens) + entity.start, len(tokens) + entity.end) for entity in found]
        tokens += [row[0] for row in block]
    return tokens, spans


def with_spacy(path):
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "out.iob")
        source.write_bytes(path.read_bytes())
        command = [sys.executable, "-m", "spacy", "convert", str(source), folder, "-l", "de", "-n", "1"]
        subprocess.run(command, check=True, capture_output=True)
        docs = DocBin().from_disk(Path(folder, "out.spacy")).get_docs(spacy.blank("de").vocab)
        tokens, spans = [], []
        # Only `-DOCSTART- -X- O O` divides documents for it; any other such line is a word.
        for doc in (doc for doc in docs if doc[0].text != DOCUMENT):
            spans += [(span.label_, len(tokens) + span.start, len(tokens) + span.end) for span in doc.ents]
            tokens += [token.text for token in doc]
        return tokens, spans


def main():
    golden, folder, report = sys.argv[1:4]
    article, losses = compare.load(golden, report)
    path = Path(folder, "out.conll")
    good = True
    for reader, (tokens, spans) in (
        ("seqeval", with_seqeval(path.read_text(encoding="utf-8"))),
        ("spacy", with_spacy(path)),
    ):
        found = compare.places(article["text"], tokens)
        seen = sorted((label, found[first][0], found[end - 1][1]) for label, first, end in spans)
        wanted = compare.expected(article, losses, found)
        good &= compare.line("conll", reader, version(reader), 1, seen, wanted)
    sys.exit(0 if good else 1)


main()
