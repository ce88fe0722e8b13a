"""Reads a `.spacy` file that Glosse wrote with spaCy, and compares it with what was to be written.

    python check.py GOLDEN.jsonl FOLDER REPORT.json
"""

import collections
import json
import pathlib
import sys

import spacy
from spacy.tokens import DocBin


def read_lines(path):
    with open(path, encoding="utf-8", newline="\n") as file:
        return [json.loads(line) for line in file if line.strip()]


def main():
    golden, folder, report = sys.argv[1:4]
    articles = {article["id"]: article for article in read_lines(golden)}
    with open(report, encoding="utf-8") as file:
        losses = json.load(file)
    lost = {(loss["article"], loss["annotation"]) for loss in losses if loss["what"].split(" ")[0] in ("span", "relation")}
    docs = list(DocBin(store_user_data=True).from_disk(pathlib.Path(folder, "out.spacy")).get_docs(spacy.blank("de").vocab))
    problems = []
    spans = relations = 0
    if len(docs) != len(articles):
        problems.append(f"{len(docs)} documents instead of {len(articles)}")
    for doc in docs:
        details = doc.user_data["glosse"]
        article = articles[details["meta"]["id"]]
        if doc.text != article["text"]:
            problems.append(f"{article['id']}: the text is another")
        names = {
            entity: known.get("identifiers", {}).get("wikidata", entity) for entity, known in article["entities"].items()
        }
        expected = collections.Counter(
            (span["label"], *span["fragments"][0], span["text"], names.get(span.get("entity"), ""))
            for span in article["spans"]
            if (article["id"], span["id"]) not in lost
        )
        found = collections.Counter(
            (span.label_, span.start_char, span.end_char, doc.text[span.start_char : span.end_char], span.kb_id_)
            for group in [doc.ents, *doc.spans.values()]
            for span in group
        )
        spans += found.total()
        problems += [f"missing {span}" for span in expected - found] + [f"too much {span}" for span in found - expected]
        for group in [doc.ents, *doc.spans.values()]:
            for span in group:
                if len(span) and span.text != doc.text[span.start_char : span.end_char]:
                    problems.append(f"the tokens of {span.label_} are {span.text!r}")
                again = doc.char_span(span.start_char, span.end_char, label=span.label_)
                if len(span) and (again is None or (again.start, again.end) != (span.start, span.end)):
                    problems.append(f"char_span does not find {span.text!r}")
        labels = {label["label"] for label in article.get("document_labels", [])}
        if {name for name, score in doc.cats.items() if score} != labels:
            problems.append(f"categories {doc.cats} instead of {labels}")
        places = {span["id"]: span["fragments"][0] for span in article["spans"]}
        wanted = collections.Counter(
            (relation["label"], *(tuple(places[argument["target"]]) for argument in relation["arguments"]))
            for relation in article.get("relations", [])
            if (article["id"], relation["id"]) not in lost
        )
        known = collections.Counter(
            (relation["label"], *((relation[end]["start"], relation[end]["end"]) for end in ("head_span", "child_span")))
            for relation in details.get("relations", [])
        )
        relations += known.total()
        if wanted != known:
            problems.append(f"relations {known} instead of {wanted}")
    explanation = "; ".join(problems) or f"{len(losses)} losses are named"
    print("docbin", "spacy", spacy.__version__, len(docs), spans, relations, len(problems), explanation, sep="\t")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
