"""Reads chat examples with the message types of openai, and finds the quoted words in the text.

python check.py GOLDEN.jsonl FOLDER REPORT.json
"""

import json
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path

from openai.types.chat import ChatCompletionMessageParam
from pydantic import TypeAdapter


def is_whole_loss(lost, number, kind):
    return any(loss["annotation"] == number and loss["what"].startswith(kind) for loss in lost)


def places(text, quote):
    """Where a quote stands; places inside of words count only where none is made of whole words."""
    found, at = [], text.find(quote)
    while at >= 0:
        found.append(at)
        at = text.find(quote, at + len(quote))

    def goes_on(inner, outer):
        return inner.isalnum() and outer.isalnum()

    def is_whole(at):
        end = at + len(quote)
        return not goes_on(quote[0], text[at - 1 : at]) and not goes_on(quote[-1], text[end : end + 1])

    return [at for at in found if is_whole(at)] or found


def main():
    golden, folder, report = sys.argv[1:4]
    articles = [json.loads(line) for line in Path(golden).read_text("utf-8").splitlines()]
    all_lost = json.loads(Path(report).read_text("utf-8"))
    (file,) = Path(folder).glob("*.jsonl")
    lines = file.read_text("utf-8").splitlines()
    messages_type = TypeAdapter(list[ChatCompletionMessageParam])
    differences, spans, relations, said = abs(len(lines) - len(articles)), 0, 0, []
    for article, line in zip(articles, lines):
        lost = [loss for loss in all_lost if loss["article"] == article["id"]]
        messages = json.loads(line)["messages"]
        messages_type.validate_python(messages, strict=True)
        differences += [message["role"] for message in messages] != ["system", "user", "assistant"]
        differences += messages[1]["content"] != article["text"]
        answer = json.loads(messages[2]["content"])
        found, labels = Counter(), {}
        for span in answer["spans"]:
            labels[span["id"]] = span["label"]
            all_places = places(messages[1]["content"], span["quote"])
            if span["occurrence"] is None:
                differences += len(all_places) != 1
            start = all_places[(span["occurrence"] or 1) - 1]
            found[(span["label"], start, start + len(span["quote"]), span["quote"])] += 1
        wanted, names = Counter(), {}
        for span in article["spans"]:
            names[span["id"]] = span["label"]
            if not is_whole_loss(lost, span["id"], "span "):
                (start, end) = span["fragments"][0]
                wanted[(span["label"], start, end, article["text"][start:end])] += 1
        found_relations, wanted_relations = Counter(), Counter()
        for relation in answer.get("relations", []):
            trigger = relation["trigger"] and labels[relation["trigger"]]
            parts = tuple((part["role"], labels[part["span"]]) for part in relation["arguments"])
            found_relations[(relation["label"], trigger, parts)] += 1
        for relation in article["relations"]:
            if not is_whole_loss(lost, relation["id"], "relation "):
                trigger = names[relation["trigger"]] if relation.get("trigger") is not None else None
                parts = tuple((part["role"], names[part["target"]]) for part in relation["arguments"])
                wanted_relations[(relation["label"], trigger, parts)] += 1
        wrong = [found - wanted, wanted - found, found_relations - wanted_relations, wanted_relations - found_relations]
        differences += sum(sum(one.values()) for one in wrong)
        said += [str(dict(one)) for one in wrong if one]
        spans += sum(found.values())
        relations += sum(found_relations.values())
    numbers = [len(lines), spans, relations, differences]
    said = "; ".join(said) or "every quote leads back to its span"
    print("\t".join(["chat", "openai", version("openai"), *map(str, numbers), said]))
    sys.exit(differences > 0)


main()
