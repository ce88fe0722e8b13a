"""Has nervaluate count documents of our own; its numbers are the fixture of src/compare/nervaluate_tests.rs.

    python -m venv nv && nv/bin/pip install nervaluate==1.2.1
    nv/bin/python tests/outside/nervaluate_numbers.py > tests/outside/nervaluate_numbers.json

Offsets in the documents are half open; nervaluate takes the last character as the end.
"""

import json
import random
from importlib.metadata import version

from nervaluate.evaluator import Evaluator

VERSION = "1.2.1"
LABELS = ["PER", "LOC", "ORG", "DATE"]

# Gold and predicted spans as (start, end, label).
BY_HAND = [
    # All that can happen to one span: right, other label, other edges, both, missed, spurious.
    ([(0, 5, "PER"), (10, 15, "LOC"), (20, 30, "ORG"), (40, 45, "LOC"), (60, 64, "DATE")],
     [(0, 5, "PER"), (10, 15, "ORG"), (20, 25, "ORG"), (38, 43, "PER"), (70, 75, "PER")]),
    # One prediction over two right spans, and two predictions over one.
    ([(0, 4, "PER"), (6, 10, "LOC"), (20, 40, "ORG")], [(3, 9, "LOC"), (20, 28, "LOC"), (30, 40, "ORG")]),
    # Neighbors that touch do not overlap.
    ([(0, 5, "PER"), (5, 10, "PER")], [(0, 5, "PER"), (5, 9, "PER"), (9, 10, "LOC")]),
    ([(3, 8, "DATE")], []),
    ([], [(3, 8, "DATE")]),
]


def flat(random_, most):
    """Spans of which no two overlap."""
    spans, at = [], random_.randrange(6)
    for _ in range(random_.randrange(most)):
        end = at + 1 + random_.randrange(9)
        spans.append((at, end, random_.choice(LABELS)))
        at = end + random_.choice([0, 0, 1, 2, 5])
    return spans


def disturbed(random_, spans):
    """The same with mistakes, and no two overlapping."""
    result, at = [], 0
    for start, end, label in spans:
        if random_.random() < 0.15:
            continue
        if random_.random() < 0.3:
            start, end = start + random_.randrange(-3, 4), end + random_.randrange(-3, 6)
        if random_.random() < 0.25:
            label = random_.choice(LABELS)
        start = max(start, at)
        if end > start:
            result.append((start, end, label))
            at = end
    return result


def nested(random_):
    spans = {(start := random_.randrange(30), start + 1 + random_.randrange(12), random_.choice(LABELS))
             for _ in range(random_.randrange(8))}
    return sorted(spans)


def evaluate(documents):
    side = lambda spans: [{"label": label, "start": start, "end": end - 1} for start, end, label in spans]
    true, pred = [side(gold) for gold, _ in documents], [side(predicted) for _, predicted in documents]
    found = Evaluator(true, pred, tags=LABELS, loader="dict").evaluate()
    # Five counts, precision, recall, F1.
    numbers = lambda one: [one.correct, one.incorrect, one.partial, one.missed, one.spurious,
                           round(one.precision, 12), round(one.recall, 12), round(one.f1, 12)]
    schemes = lambda many: {name: numbers(many[name]) for name in ("strict", "exact", "partial", "ent_type")}
    return {"overall": schemes(found["overall"]),
            "labels": {label: schemes(found["entities"][label]) for label in sorted(found["entities"])}}


def main():
    assert version("nervaluate") == VERSION, f"made with nervaluate {VERSION}"
    random_ = random.Random(20261125)
    cases = [[document] for document in BY_HAND] + [BY_HAND]
    for _ in range(20):
        golds = [flat(random_, 9) for _ in range(3)]
        cases.append([(gold, disturbed(random_, gold) if random_.random() < 0.8 else flat(random_, 9)) for gold in golds])
    # The wrong one comes first and takes the partner of the right one.
    overlapping = [[([(0, 5, "PER")], [(0, 3, "LOC"), (0, 5, "PER")])]]
    overlapping += [[(nested(random_), nested(random_))] for _ in range(25)]
    print("{")
    print(f' "nervaluate": "{VERSION}",')
    for name, list_, last in (("flat", cases, False), ("nested", overlapping, True)):
        print(f' "{name}": [')
        lines = [json.dumps({"documents": case, **evaluate(case)}, separators=(",", ":")) for case in list_]
        print(",\n".join("  " + line for line in lines))
        print(" ]" if last else " ],")
    print("}")


main()
