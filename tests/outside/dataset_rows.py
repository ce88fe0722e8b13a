"""Compares rows that `datasets` reads from a file of Glosse with what was to be written; for check.py of such formats."""

import collections
import json
import pathlib
import sys

import datasets


def read_lines(path):
    with open(path, encoding="utf-8", newline="\n") as file:
        return [json.loads(line) for line in file if line.strip()]


def tagged_spans(words, tags):
    """The spans in IOB2 tags, as label and words."""
    spans = []
    for word, tag in zip(words, tags, strict=True):
        if tag.startswith("B-"):
            spans.append((tag[2:], [word]))
        elif tag.startswith("I-"):
            assert spans and spans[-1][0] == tag[2:], f"{tag} follows nothing"
            spans[-1][1].append(word)
        else:
            assert tag == "O", tag
    return spans


def check_row(row, article, tags, lost, problems):
    text = article["text"]
    if row["text"] != text:
        problems.append(f"{article['id']}: the text is another")
    expected = collections.Counter(
        (span["label"], *span["fragments"][0], span["text"])
        for span in article["spans"]
        if (article["id"], span["id"]) not in lost
    )
    found = collections.Counter(
        (entity["label"], entity["start"], entity["end"], entity["text"]) for entity in row["entities"]
    )
    problems += [f"missing {span}" for span in expected - found] + [f"too much {span}" for span in found - expected]
    problems += [f"{span} is not in the text" for span in found if text[span[1] : span[2]] != span[3]]
    if "".join(row["tokens"]) != "".join(text.split()):
        problems.append("the tokens are not those of the text")
    surfaces = collections.Counter((label, "".join(surface.split())) for label, _, _, surface in expected)
    for label, words in tagged_spans(row["tokens"], tags):
        if not surfaces[label, "".join(words)]:
            problems.append(f"the tags have a {label} {words}, which is no span")
    labels = [label["label"] for label in article.get("document_labels", [])]
    if row["labels"] != labels:
        problems.append(f"labels {row['labels']} instead of {labels}")
    return found.total()


def check(name, read, file, tag_names):
    """Checks `file` in the folder of the arguments and prints what came of it; gives the exit code.

    `read` makes a table of a path, and `tag_names` the names of the tags by number, or `None` where the tags are names.
    """
    golden, folder, report = sys.argv[1:4]
    articles = {article["id"]: article for article in read_lines(golden)}
    with open(report, encoding="utf-8") as losses_file:
        losses = json.load(losses_file)
    lost = {(loss["article"], loss["annotation"]) for loss in losses if loss["what"].startswith("span ")}
    cache = pathlib.Path(folder, f"cache-{datasets.__version__}")
    table = read(str(pathlib.Path(folder, file)), cache_dir=str(cache))
    problems = []
    if len(table) != len(articles):
        problems.append(f"{len(table)} rows instead of {len(articles)}")
    names = tag_names(table)
    if names is not None and (names[0] != "O" or len(set(names)) != len(names)):
        problems.append(f"the classes are {names}")
    spans = 0
    for row in table:
        tags = row["ner_tags"] if names is None else [names[number] for number in row["ner_tags"]]
        spans += check_row(row, articles[row["id"]], tags, lost, problems)
    explanation = "; ".join(problems) or f"{len(losses)} losses are named"
    print(name, "datasets", datasets.__version__, len(table), spans, 0, len(problems), explanation, sep="\t")
    return 1 if problems else 0
