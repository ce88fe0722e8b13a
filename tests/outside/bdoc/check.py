"""Reads Bdoc JSON with gatenlp and compares it with the golden article.

python check.py GOLDEN.jsonl FOLDER REPORT.json
"""

import json
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path

from gatenlp import Document


def surface(text, pieces):
    return " ".join(text[start:end] for start, end in pieces)


def is_whole_loss(lost, number, kind):
    return any(loss["annotation"] == number and loss["what"].startswith(kind) for loss in lost)


def expected(article, lost):
    """What should be in the file: spans as label, pieces and words; relations as label, and role and label of each part."""
    text = article["text"]
    by_id = {item["id"]: item for item in article.get("spans", []) + article.get("relations", [])}
    spans, relations = Counter(), Counter()
    for span in article.get("spans", []):
        if not is_whole_loss(lost, span["id"], "span "):
            pieces = tuple(tuple(piece) for piece in span["fragments"])
            spans[(span["label"], pieces, surface(text, pieces))] += 1
    for relation in article.get("relations", []):
        if not is_whole_loss(lost, relation["id"], "relation "):
            parts = [("trigger", relation["trigger"])] if relation.get("trigger") is not None else []
            parts += [(argument["role"], argument["target"]) for argument in relation["arguments"]]
            relations[(relation["label"], tuple((role, by_id[target]["label"]) for role, target in parts))] += 1
    return spans, relations


def main():
    golden, folder, report = sys.argv[1:4]
    articles = [json.loads(line) for line in Path(golden).read_text("utf-8").splitlines()]
    lost = json.loads(Path(report).read_text("utf-8"))
    files = sorted(Path(folder).rglob("*.bdocjs"))
    found_spans, found_relations, wanted_spans, wanted_relations = Counter(), Counter(), Counter(), Counter()
    differences = abs(len(files) - len(articles))
    for article, file in zip(articles, files):
        document = Document.load(str(file), fmt="bdocjs")
        differences += document.text != article["text"]
        labels = {}
        for name in {"", *document.annset_names()}:
            for annotation in document.annset(name):
                labels[(name, annotation.id)] = annotation.type
                pieces = ((annotation.start, annotation.end),)
                stated = annotation.features.get("glosse.fragments")
                if stated:
                    pieces = tuple(tuple(map(int, piece.split(".."))) for piece in stated.split(";"))
                    differences += (pieces[0][0], pieces[-1][1]) != (annotation.start, annotation.end)
                found_spans[(annotation.type, pieces, surface(document.text, pieces))] += 1
        relations = document.features.get("glosse.relations", [])
        labels.update({("relation", relation["id"]): relation["type"] for relation in relations})

        def label(target):
            return labels[("relation", target["relation"]) if "relation" in target else (target["set"], target["id"])]

        for relation in relations:
            parts = [("trigger", label(relation["trigger"]))] if "trigger" in relation else []
            parts += [(argument["role"], label(argument["target"])) for argument in relation["arguments"]]
            found_relations[(relation["type"], tuple(parts))] += 1
        spans, relations = expected(article, [loss for loss in lost if loss["article"] == article["id"]])
        wanted_spans += spans
        wanted_relations += relations
    wrong = [(found_spans - wanted_spans), (wanted_spans - found_spans)]
    wrong += [(found_relations - wanted_relations), (wanted_relations - found_relations)]
    differences += sum(sum(one.values()) for one in wrong)
    said = "; ".join(str(dict(one)) for one in wrong if one) or "everything as expected"
    numbers = [len(files), sum(found_spans.values()), sum(found_relations.values()), differences]
    print("\t".join(["bdoc", "gatenlp", version("gatenlp"), *map(str, numbers), said]))
    sys.exit(differences > 0)


main()
