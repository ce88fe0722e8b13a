"""Reads CAS JSON that Glosse wrote with dkpro-cassis (strict).

Called as `python check.py GOLDEN.jsonl FOLDER REPORT.json`.
"""

import sys
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "uima-xmi"))

import compare
from cassis import load_cas_from_json


def main(golden, folder, report):
    articles, lost = compare.load_golden(golden, report)
    paths = [path for path in compare.files(folder, "json") if path.resolve() != Path(report).resolve()]
    spans = relations = 0
    count = abs(len(paths) - len(articles))
    for path, article in zip(paths, articles):
        with open(path, "rb") as file:
            found = compare.found_by_cassis(load_cas_from_json(file, lenient=False))
        spans += sum(found[0].values())
        relations += sum(found[1].values())
        count += compare.differences(article, lost, found)
    return compare.report(
        "uima-json", "dkpro-cassis", version("dkpro-cassis"), len(paths), spans, relations, count, "strict"
    )


if __name__ == "__main__":
    sys.exit(1 if main(*sys.argv[1:4]) else 0)
