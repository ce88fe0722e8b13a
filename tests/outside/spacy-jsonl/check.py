"""Reads JSON lines that Glosse wrote as spaCy's project templates do, and compares them with what was to be written.

    python check.py GOLDEN.jsonl FOLDER REPORT.json
"""

import collections
import json
import pathlib
import sys

import spacy


def read_lines(path):
    with open(path, encoding="utf-8", newline="\n") as file:
        return [json.loads(line) for line in file if line.strip()]


def main():
    golden, folder, report = sys.argv[1:4]
    articles = {article["id"]: article for article in read_lines(golden)}
    with open(report, encoding="utf-8") as file:
        losses = json.load(file)
    lost = {(loss["article"], loss["annotation"]) for loss in losses if loss["what"].split(" ")[0] in ("span", "relation")}
    records = read_lines(pathlib.Path(folder, "out.jsonl"))
    nlp = spacy.blank("de")
    problems = []
    spans = relations = 0
    if len(records) != len(articles):
        problems.append(f"{len(records)} records instead of {len(articles)}")
    for record in records:
        article = articles[record["meta"]["id"]]
        if record["text"] != article["text"]:
            problems.append(f"{article['id']}: the text is another")
        doc = nlp.make_doc(record["text"])
        for token in record["tokens"]:
            if doc.text[token["start"] : token["end"]] != token["text"]:
                problems.append(f"the token {token} has another text")
        expected = collections.Counter(
            (span["label"], *span["fragments"][0], span["text"])
            for span in article["spans"]
            if (article["id"], span["id"]) not in lost
        )
        found = collections.Counter()
        for span in record["spans"]:
            start, end = span["start"], span["end"]
            found[span["label"], start, end, doc.text[start:end]] += 1
            made = doc.char_span(start, end, label=span["label"], alignment_mode="expand")
            if start < end and (made is None or doc.text[start:end] not in made.text):
                problems.append(f"char_span makes {made!r} of {span}")
            if start < end:
                tokens = record["tokens"][span["token_start"] : span["token_end"] + 1]
                if not tokens[0]["start"] <= start < tokens[0]["end"] or not tokens[-1]["start"] < end <= tokens[-1]["end"]:
                    problems.append(f"the tokens of {span} are others")
        spans += found.total()
        problems += [f"missing {span}" for span in expected - found] + [f"too much {span}" for span in found - expected]
        places = {span["id"]: span["fragments"][0] for span in article["spans"]}
        wanted = collections.Counter(
            (relation["label"], *(tuple(places[argument["target"]]) for argument in relation["arguments"]))
            for relation in article.get("relations", [])
            if (article["id"], relation["id"]) not in lost
        )
        known = collections.Counter()
        by_last_token = collections.defaultdict(list)
        for span in record["spans"]:
            by_last_token[span.get("token_end")].append((span["start"], span["end"]))
        for relation in record.get("relations", []):
            ends = [(relation[end]["start"], relation[end]["end"]) for end in ("head_span", "child_span")]
            known[relation["label"], *ends] += 1
            for end, place in zip(("head", "child"), ends):
                if place not in by_last_token[relation[end]]:
                    problems.append(f"the {end} of {relation} is not the last token of its span")
        relations += known.total()
        if wanted != known:
            problems.append(f"relations {known} instead of {wanted}")
    explanation = "; ".join(problems) or f"{len(losses)} losses are named"
    print("spacy-jsonl", "spacy", spacy.__version__, len(records), spans, relations, len(problems), explanation, sep="\t")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
