"""Reads relation triples with pandas and with Python's csv, and compares them with the golden article.

python check.py GOLDEN.jsonl FOLDER REPORT.json
"""

import csv
import json
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import pandas

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def surface(text, span):
    return " ".join(text[start:end] for start, end in span["fragments"])


def plain(cell):
    """The cell without the mark in front of what a spreadsheet could run."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in FORMULA + ("'",) else cell


def is_whole_loss(lost, number, kind):
    return any(loss["annotation"] == number and loss["what"].startswith(kind) for loss in lost)


def expected(article, lost):
    text = article["text"]
    spans = {span["id"]: span for span in article["spans"]}
    relations = {relation["id"]: relation for relation in article["relations"]}

    def end(part):
        if part is None:
            return ("", "", "", "")
        role, target = part
        if target in spans:
            span = spans[target]
            start, stop = span["fragments"][0][0], span["fragments"][-1][1]
            return (role, surface(text, span), str(start), str(stop))
        return (role, f"{relations[target]['label']} {target}", "", "")

    rows = Counter()
    for relation in article["relations"]:
        if is_whole_loss(lost, relation["id"], "relation "):
            continue
        parts = [("trigger", relation["trigger"])] if relation.get("trigger") is not None else []
        parts += [(argument["role"], argument["target"]) for argument in relation["arguments"]]
        for other in parts[1:] or [None]:
            rows[(article["id"], str(relation["id"]), relation["label"], *end(parts[0]), *end(other))] += 1
    return rows


def main():
    golden, folder, report = sys.argv[1:4]
    articles = [json.loads(line) for line in Path(golden).read_text("utf-8").splitlines()]
    all_lost = json.loads(Path(report).read_text("utf-8"))
    (file,) = Path(folder).glob("*.csv")
    wanted = Counter()
    for article in articles:
        wanted += expected(article, [loss for loss in all_lost if loss["article"] == article["id"]])
    with file.open(encoding="utf-8", newline="") as lines:
        by_csv = list(csv.DictReader(lines))
    by_pandas = pandas.read_csv(file, dtype=str, keep_default_na=False).to_dict("records")
    failed = False
    names = ["article", "relation", "predicate"]
    names += [name for end in ("subject", "object") for name in (f"{end}_role", end, f"{end}_start", f"{end}_end")]
    readers = [("csv", sys.version.split()[0], by_csv), ("pandas", version("pandas"), by_pandas)]
    for reader, number, rows in readers:
        found = Counter(tuple(plain(row[name]) for name in names) for row in rows)
        risky = [cell for row in rows for cell in row.values() if cell.startswith(FORMULA)]
        wrong = [found - wanted, wanted - found]
        differences = sum(sum(one.values()) for one in wrong) + len(risky)
        said = "; ".join([str(dict(one)) for one in wrong if one] + risky) or "no cell can start a formula"
        relations = len({(row["article"], row["relation"]) for row in rows})
        counts = [len({row["article"] for row in rows}), 0, relations, differences]
        print("\t".join(["triples", reader, number, *map(str, counts), said]))
        failed |= differences > 0
    sys.exit(failed)


main()
