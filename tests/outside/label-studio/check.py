"""Has the SDK of Label Studio validate and convert what Glosse wrote, and compares it with the golden article.

    python check.py GOLDEN.jsonl FOLDER REPORT.json

FOLDER has what `glosse convert GOLDEN.jsonl FOLDER/out.json --to label-studio` wrote, REPORT.json its losses. Prints, with tabs between:
format, reader, version, documents, spans, relations, differences, explanation. Exits with 1 if there are differences.

The labelling configuration must be one, every result must be valid in it, and the converter to CoNLL must find each span of
whole tokens where it is.
"""

import json
import sys
import tempfile
from collections import Counter
from importlib.metadata import version
from pathlib import Path

from label_studio_sdk.converter import Converter
from label_studio_sdk.label_interface import LabelInterface


def main():
    golden = [json.loads(line) for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()]
    folder = Path(sys.argv[2])
    losses = json.loads(Path(sys.argv[3]).read_text(encoding="utf-8"))
    tasks = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    config = (folder / "out.label-config.xml").read_text(encoding="utf-8")
    interface = LabelInterface(config)
    differences = []
    try:
        interface.validate()
    except Exception as error:
        differences.append(f"the configuration: {error}")
    spans = relations = 0
    for article, task in zip(golden, tasks, strict=True):
        own = [loss for loss in losses if loss["article"] == article["id"]]
        gone = {loss["annotation"] for loss in own if loss["what"].startswith(("span ", "relation ", "the rejected "))}
        text = task["data"]["text"]
        if text != article["text"]:
            differences.append("the text")
        # The method for whole annotations of this version fails; it takes them as predictions.
        lists = task["annotations"] + task["predictions"]
        for results in lists:
            differences += interface.validate_prediction(results, return_errors=True)
        expected, found = Counter(), Counter()
        for span in article["spans"]:
            if span["id"] not in gone:
                [[start, end]] = span["fragments"]
                expected[(span["label"], start, end, span["text"], span["status"])] += 1
        names = {}
        for status, results in [("accepted", task["annotations"]), ("suggested", task["predictions"])]:
            for item in (item for one in results for item in one["result"]):
                if item["type"] == "labels":
                    value = item["value"]
                    words = text[value["start"] : value["end"]]
                    if words != value["text"]:
                        differences.append(f"{words!r} is called {value['text']!r}")
                    [label] = value["labels"]
                    found[(label, value["start"], value["end"], words, status)] += 1
                    names[item["id"]] = (label, value["start"], value["end"])
        differences += [f"span {one}" for one in (expected - found) | (found - expected)]
        spans += found.total()
        by_id = {span["id"]: span for span in article["spans"]}
        expected, found = Counter(), Counter()
        for relation in article["relations"]:
            if relation["id"] not in gone:
                ends = [by_id[argument["target"]] for argument in relation["arguments"]]
                expected[(relation["label"], *((end["label"], *end["fragments"][0]) for end in ends))] += 1
        for item in (item for one in lists for item in one["result"]):
            if item["type"] == "relation":
                [label] = item["labels"]
                found[(label, names[item["from_id"]], names[item["to_id"]])] += 1
        differences += [f"relation {one}" for one in (expected - found) | (found - expected)]
        relations += found.total()
        differences += labels(article, own, lists)
    tokens = converted(config, tasks, golden, losses, differences)
    print(
        "label-studio", "label-studio-sdk", version("label-studio-sdk"), len(tasks), spans, relations, len(differences),
        "; ".join(differences) or f"valid; {tokens} tokens with tags in CoNLL",
        sep="\t",
    )
    return bool(differences)


def labels(article, losses, lists):
    """Document labels that are not where they should be."""
    gone = {loss["annotation"] for loss in losses if loss["what"].startswith("the rejected ")}
    expected = Counter(label["label"] for label in article.get("document_labels", []) if label["id"] not in gone)
    found = Counter(
        choice
        for one in lists
        for item in one["result"]
        if item["type"] == "choices" and "start" not in item["value"]
        for choice in item["value"]["choices"]
    )
    return [f"document label {one}" for one in (expected - found) | (found - expected)]


def converted(config, tasks, golden, losses, differences):
    """Converts to CoNLL, which slices the text by the offsets; counts tokens with tags and looks for words of spans."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.json"), Path(folder, "out")
        # The converter wants each annotation to be one that a server saved.
        for number, task in enumerate(tasks, start=1):
            task["id"] = number
            for annotation in task["annotations"]:
                annotation.update(id=number, completed_by=1, was_cancelled=False)
        source.write_text(json.dumps(tasks), encoding="utf-8")
        Converter(config, project_dir=folder, download_resources=False).convert_to_conll2003(str(source), str(target), is_dir=False)
        lines = (target / "result.conll").read_text(encoding="utf-8").splitlines()
    tagged = [line.split()[0] for line in lines if line and not line.startswith("-DOCSTART-") and not line.endswith(" O")]
    for word in ["Kursk", "Kyjiw", "16.", "Mai"]:
        if not any(word in token for token in tagged):
            differences.append(f"the converter finds no tag for {word}")
    return len(tagged)


if __name__ == "__main__":
    sys.exit(main())
