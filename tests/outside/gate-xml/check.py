"""Reads GATE XML with gatenlp, and its relations with a parser of XML, and compares them with the golden article.

python check.py GOLDEN.jsonl FOLDER REPORT.json
"""

import json
import logging
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree

from gatenlp import Document


def surface(text, pieces):
    return " ".join(text[start:end] for start, end in pieces)


def expected(article, lost):
    """What should be in the file: spans as label, pieces and words; relations as label and linked labels in order."""
    text = article["text"]
    by_id = {item["id"]: item for item in article.get("spans", []) + article.get("relations", [])}
    spans, relations = Counter(), Counter()
    for span in article.get("spans", []):
        if not is_whole_loss(lost, span["id"], "span "):
            pieces = tuple(tuple(piece) for piece in span["fragments"])
            spans[(span["label"], pieces, surface(text, pieces))] += 1
    for relation in article.get("relations", []):
        if not is_whole_loss(lost, relation["id"], "relation "):
            targets = [relation["trigger"]] if relation.get("trigger") is not None else []
            targets += [argument["target"] for argument in relation["arguments"]]
            relations[(relation["label"], tuple(by_id[target]["label"] for target in targets))] += 1
    return spans, relations


def is_whole_loss(lost, number, kind):
    return any(loss["annotation"] == number and loss["what"].startswith(kind) for loss in lost)


def units(text):
    """Code points by offsets in UTF-16 units."""
    table, at = {}, 0
    for count, char in enumerate(text):
        table[at] = count
        at += 2 if ord(char) > 0xFFFF else 1
    table[at] = len(text)
    return table


def main():
    golden, folder, report = sys.argv[1:4]
    articles = [json.loads(line) for line in Path(golden).read_text("utf-8").splitlines()]
    lost = json.loads(Path(report).read_text("utf-8"))
    files = sorted(Path(folder).rglob("*.xml"))
    logging.disable(logging.WARNING)
    found_spans, found_relations, wanted_spans, wanted_relations = Counter(), Counter(), Counter(), Counter()
    differences = abs(len(files) - len(articles))
    for article, file in zip(articles, files):
        document = Document.load(str(file), fmt="gatexml")
        differences += document.text != article["text"]
        table = units(document.text)
        labels = {}
        for name in {"", *document.annset_names()}:
            for annotation in document.annset(name):
                labels[annotation.id] = annotation.type
                pieces = ((annotation.start, annotation.end),)
                stated = annotation.features.get("glosse.fragments")
                if stated:
                    numbers = [piece.split("..") for piece in stated.split(";")]
                    pieces = tuple((table[int(start)], table[int(end)]) for start, end in numbers)
                    differences += (pieces[0][0], pieces[-1][1]) != (annotation.start, annotation.end)
                found_spans[(annotation.type, pieces, surface(document.text, pieces))] += 1
        relations = ElementTree.parse(file).getroot().findall("./RelationSet/Relation")
        labels.update({int(relation.get("Id")): relation.get("Type") for relation in relations})
        for relation in relations:
            members = [int(member) for member in relation.get("Members").split(";")]
            found_relations[(relation.get("Type"), tuple(labels[member] for member in members))] += 1
        spans, relations = expected(article, [loss for loss in lost if loss["article"] == article["id"]])
        wanted_spans += spans
        wanted_relations += relations
    wrong = [(found_spans - wanted_spans), (wanted_spans - found_spans)]
    wrong += [(found_relations - wanted_relations), (wanted_relations - found_relations)]
    differences += sum(sum(one.values()) for one in wrong)
    said = "; ".join(str(dict(one)) for one in wrong if one) or "relations by ElementTree, gatenlp passes over them"
    numbers = [len(files), sum(found_spans.values()), sum(found_relations.values()), differences]
    print("\t".join(["gate-xml", "gatenlp", version("gatenlp"), *map(str, numbers), said]))
    sys.exit(differences > 0)


main()
