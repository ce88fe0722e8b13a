"""Reads a review workbook with openpyxl and compares it with the golden article.

python check.py GOLDEN.jsonl FOLDER REPORT.json
"""

import json
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import openpyxl

SHEETS = ["Spans", "Relations", "Articles", "Counts"]


def surface(text, pieces):
    return " ".join(text[start:end] for start, end in pieces)


def plain(value):
    """Line ends as XML has them: a workbook writes the return as _x000D_, which openpyxl leaves so."""
    return "" if value is None else str(value).replace("_x000D_", "\r")


def main():
    golden, folder, report = sys.argv[1:4]
    articles = [json.loads(line) for line in Path(golden).read_text("utf-8").splitlines()]
    lost = json.loads(Path(report).read_text("utf-8"))
    (file,) = Path(folder).glob("*.xlsx")
    book = openpyxl.load_workbook(file)
    differences, said = int(book.sheetnames != SHEETS), []
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                looks_risky = isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-", "@", "\t", "\r"))
                if cell.data_type == "f" and not cell.quotePrefix or cell.hyperlink or looks_risky and not cell.quotePrefix:
                    differences += 1
                    said.append(f"{sheet.title} {cell.coordinate}: {cell.value!r}")
    rows = {}
    for sheet in book:
        lines = list(sheet.values)
        rows[sheet.title] = [dict(zip(lines[0], line)) for line in lines[1:]]
    found_spans, found_relations, wanted_spans, wanted_relations = Counter(), Counter(), Counter(), Counter()
    for row in rows["Spans"]:
        pieces = row["fragments"] or f"{row['start']}..{row['end']}"
        pieces = tuple(tuple(map(int, piece.split(".."))) for piece in pieces.split(";"))
        found_spans[(row["article"], row["id"], row["label"], pieces, plain(row["words"]))] += 1
    for row in rows["Relations"]:
        targets = tuple(tuple(part.rsplit(": ", 1)) for part in row["targets"].split("; "))
        found_relations[(row["article"], row["id"], row["relation"], targets)] += 1
    for article in articles:
        for span in article["spans"]:
            pieces = tuple(tuple(piece) for piece in span["fragments"])
            words = surface(article["text"], pieces)
            wanted_spans[(article["id"], span["id"], span["label"], pieces, words)] += 1
            kind = [row for row in rows["Counts"] if row["kind"] == "span" and row["label"] == span["label"]]
            differences += len(kind) != 1
        for relation in article["relations"]:
            parts = [("trigger", str(relation["trigger"]))] if relation.get("trigger") is not None else []
            parts += [(argument["role"], str(argument["target"])) for argument in relation["arguments"]]
            wanted_relations[(article["id"], relation["id"], relation["label"], tuple(parts))] += 1
    differences += sum(loss["what"].startswith(("span ", "relation ")) for loss in lost)
    differences += sum(row["all"] for row in rows["Counts"] if row["kind"] == "span") != sum(wanted_spans.values())
    differences += [row["article"] for row in rows["Articles"]] != [article["id"] for article in articles]
    wrong = [found_spans - wanted_spans, wanted_spans - found_spans]
    wrong += [found_relations - wanted_relations, wanted_relations - found_relations]
    differences += sum(sum(one.values()) for one in wrong)
    said += [str(dict(one)) for one in wrong if one]
    numbers = [len(rows["Articles"]), sum(found_spans.values()), sum(found_relations.values()), differences]
    said = "; ".join(said) or "no formula and no link; texts like formulas are marked as texts"
    print("\t".join(["xlsx", "openpyxl", version("openpyxl"), *map(str, numbers), said]))
    sys.exit(differences > 0)


main()
