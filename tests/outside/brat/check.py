"""Reads brat standoff with bioc and compares it with the golden article.

python check.py GOLDEN.jsonl FOLDER REPORT.json

brat counts a line end as one character and can not hold line ends and tabs inside a span: of the golden article, carriage
returns are gone and spans are divided there, which the losses say. Places are compared as the first and the last character.
"""

import json
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path

from bioc import brat


def without_returns(text, offset):
    return offset - text[:offset].count("\r\n")


def is_whole_loss(lost, number, kind):
    return any(loss["annotation"] == number and loss["what"].startswith(kind) for loss in lost)


def full_names(folder):
    """Names that brat's characters can not spell, by what is written for them."""
    lines = (folder / "visual.conf").read_text("utf-8").splitlines()
    return dict(line.split(" | ", 1) for line in lines if " | " in line)


def main():
    golden, folder, report = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    articles = [json.loads(line) for line in Path(golden).read_text("utf-8").splitlines()]
    lost = json.loads(Path(report).read_text("utf-8"))
    names = full_names(folder)
    files = sorted(folder.glob("*.ann"))
    differences = abs(len(files) - len(articles))
    found_spans, found_relations, wanted_spans, wanted_relations = Counter(), Counter(), Counter(), Counter()
    for article, file in zip(articles, files):
        with open(file.with_suffix(".txt"), encoding="utf-8", newline="") as text, open(file, encoding="utf-8") as ann:
            document = brat.load(text, ann)
        differences += document.text != article["text"].replace("\r\n", "\n")
        twins = {note.refid: note.text.strip() for note in document.notes if note.type == "Trigger"}
        labels = {}
        for entity in document.entities:
            if entity.id in twins:
                continue
            labels[entity.id] = names.get(entity.type, entity.type)
            pieces = sorted((piece.begin, piece.end) for piece in entity.locations)
            covered = " ".join(document.text[start:end] for start, end in pieces)
            differences += covered != entity.text
            found_spans[(labels[entity.id], pieces[0][0], pieces[-1][1], " ".join(covered.split()))] += 1
        linked = list(document.relations) + list(document.events)
        labels.update({relation.id: names.get(relation.type, relation.type) for relation in linked})
        for relation in linked:
            parts = [labels[twins.get(target, target)] for target in relation.arguments.values()]
            trigger = getattr(relation, "trigger_id", None)
            parts += [labels[twins.get(trigger, trigger)]] if trigger else []
            found_relations[(labels[relation.id], tuple(sorted(parts)))] += 1

        lost_here = [loss for loss in lost if loss["article"] == article["id"]]
        text = article["text"]
        by_id = {item["id"]: item for item in article.get("spans", []) + article.get("relations", [])}
        for span in article.get("spans", []):
            if not is_whole_loss(lost_here, span["id"], "span "):
                pieces = span["fragments"]
                words = " ".join(" ".join(text[start:end] for start, end in pieces).split())
                place = [without_returns(text, offset) for offset in (pieces[0][0], pieces[-1][1])]
                wanted_spans[(span["label"], *place, words)] += 1
        for relation in article.get("relations", []):
            if not is_whole_loss(lost_here, relation["id"], "relation "):
                parts = [by_id[argument["target"]]["label"] for argument in relation["arguments"]]
                parts += [by_id[relation["trigger"]]["label"]] if relation.get("trigger") is not None else []
                wanted_relations[(relation["label"], tuple(sorted(parts)))] += 1
    wrong = [found_spans - wanted_spans, wanted_spans - found_spans]
    wrong += [found_relations - wanted_relations, wanted_relations - found_relations]
    differences += sum(sum(one.values()) for one in wrong)
    said = "; ".join(str(dict(one)) for one in wrong if one) or "everything as expected"
    numbers = [len(files), sum(found_spans.values()), sum(found_relations.values()), differences]
    print("\t".join(["brat", "bioc", version("bioc"), *map(str, numbers), said]))
    sys.exit(differences > 0)


main()
