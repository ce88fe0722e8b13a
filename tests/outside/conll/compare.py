"""What the golden article should look like in files that hold only tokens: each span as (label, start, end), in code points."""

import json
import re
from pathlib import Path


def load(golden, report):
    article = json.loads(Path(golden).read_text(encoding="utf-8").splitlines()[0])
    losses = {}
    for loss in json.loads(Path(report).read_text(encoding="utf-8")):
        if loss["annotation"] is not None:
            losses.setdefault(loss["annotation"], []).append(loss["what"])
    return article, losses


def places(text, tokens):
    """Where tokens stand in the text, one after the other."""
    found, cursor = [], 0
    for token in tokens:
        start = text.find(token, cursor)
        if start < 0:
            raise SystemExit(f"the token {token!r} is not in the text behind {cursor}")
        cursor = start + len(token)
        found.append((start, cursor))
    rest = "".join(char for char in text if not char.isspace())
    assert "".join(tokens) == rest, "the tokens are not the text"
    return found


def expected(article, losses, found, suffix=""):
    """The spans that were written; those whose edges lie inside a token with the whole token and the suffix."""
    wanted = []
    for span in article["spans"]:
        lost = losses.get(span["id"], [])
        if any(what.startswith("span ") for what in lost):
            continue
        start, end = span["fragments"][0][0], span["fragments"][-1][1]
        label = re.sub(r"\s", "_", span["label"])
        if any(what.startswith("its edges") for what in lost):
            start = max(place[0] for place in found if place[0] <= start)
            end = min(place[1] for place in found if place[1] >= end)
            label += suffix
        wanted.append((label, start, end))
    return sorted(wanted)


def line(format, reader, version, documents, seen, wanted):
    """Prints the line of a reader; true if it saw what it should."""
    missing = [span for span in wanted if span not in seen]
    strange = [span for span in seen if span not in wanted]
    count = len(missing) + len(strange) + abs(len(seen) - len(wanted)) * (not missing and not strange)
    why = "as expected" if count == 0 else f"missing {missing}, not expected {strange}"
    print("\t".join([format, reader, version, str(documents), str(len(seen)), "0", str(count), why]))
    return count == 0
