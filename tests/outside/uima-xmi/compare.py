"""What an outside reader finds in a CAS, compared with the article that Glosse wrote."""

import json
import sys
from collections import Counter
from pathlib import Path

NAMED_ENTITY = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"
ATTRIBUTES = ("mention", "sure", "weight", "doubtful", "since")


def load_golden(path, report):
    """Articles by what they say, and the losses that name an annotation."""
    with open(path, encoding="utf-8") as lines:
        articles = [json.loads(line) for line in lines]
    with open(report, encoding="utf-8") as file:
        losses = json.load(file)
    lost = {loss["annotation"] for loss in losses if loss["annotation"] is not None}
    return articles, lost


def value(attribute):
    """An attribute in a form that does not depend on the program."""
    if isinstance(attribute, bool):
        return str(attribute).lower()
    if isinstance(attribute, (int, float)):
        return repr(float(attribute))
    return attribute


def attributes_of(item):
    return tuple(sorted((name, value(found)) for name, found in item.get("attributes", {}).items() if name in ATTRIBUTES))


def wanted(article, lost=()):
    """Spans, relations and document labels of the golden article, without those of which something is lost."""
    text = article["text"]
    places = {}
    spans = Counter()
    for span in article["spans"]:
        pieces = tuple(tuple(piece) for piece in span["fragments"])
        begin, end = pieces[0][0], pieces[-1][1]
        places[span["id"]] = ("span", span["label"], begin, end)
        if span["id"] in lost:
            continue
        spans[(span["label"], begin, end, text[begin:end], pieces, attributes_of(span), span.get("note", ""), span["status"])] += 1
    for relation in article["relations"]:
        places[relation["id"]] = ("relation", relation["label"])
    relations = Counter()
    for relation in article["relations"]:
        if relation["id"] in lost:
            continue
        arguments = tuple((argument["role"], places[argument["target"]]) for argument in relation["arguments"])
        trigger = places.get(relation.get("trigger"))
        relations[(relation["label"], trigger, arguments, attributes_of(relation), relation.get("note", ""), relation["status"])] += 1
    labels = Counter(label["label"] for label in article["document_labels"] if label["id"] not in lost)
    return spans, relations, labels


def pieces_of(stated, begin, end, text):
    """The pieces of a span in code points; the file has them in UTF-16 units."""
    if not stated:
        return ((begin, end),)
    encoded = text.encode("utf-16-le")
    point = lambda unit: len(encoded[: 2 * unit].decode("utf-16-le"))
    return tuple(tuple(point(int(unit)) for unit in piece.split("-")) for piece in stated.split())


def found_by_cassis(cas):
    """Spans, relations and document labels as cassis gives them."""
    text = cas.sofa_string

    def feature(structure, name):
        return getattr(structure, name, None)

    def attributes(structure):
        names = [(name, feature(structure, name)) for name in ATTRIBUTES]
        return tuple(sorted((name, value(found)) for name, found in names if found is not None))

    def remarks(structure):
        return feature(structure, "glosse_note") or "", feature(structure, "glosse_status") or "accepted"

    def place(structure):
        if structure is None:
            return None
        if structure.type.name == NAMED_ENTITY:
            return ("span", structure.value, structure.begin, structure.end)
        return ("relation", structure.value)

    spans = Counter()
    for span in cas.select(NAMED_ENTITY):
        pieces = pieces_of(feature(span, "glosse_pieces"), span.begin, span.end, text)
        spans[(span.value, span.begin, span.end, span.get_covered_text(), pieces, attributes(span), *remarks(span))] += 1
    relations = Counter()
    for relation in cas.select("glosse.Relation"):
        sides = (
            (relation.glosse_governor_role or "Governor", place(relation.Governor)),
            (relation.glosse_dependent_role or "Dependent", place(relation.Dependent)),
        )
        relations[(relation.value, None, sides, attributes(relation), *remarks(relation))] += 1
    for event in cas.select("glosse.Event"):
        links = event.arguments.elements if event.arguments is not None else []
        arguments = tuple((link.role, place(link.target)) for link in links)
        relations[(event.value, place(event.trigger), arguments, attributes(event), *remarks(event))] += 1
    labels = Counter(label.value for label in cas.select("glosse.DocumentLabel"))
    return spans, relations, labels


def differences(article, lost, found):
    """How much is missing that is not lost, and how much is there that the article does not have."""
    missing = [one - other for one, other in zip(wanted(article, lost), found)]
    extra = [other - one for one, other in zip(wanted(article), found)]
    for counter in missing + extra:
        for item in counter:
            print("  differs:", item, file=sys.stderr)
    total = lambda counters: sum(sum(counter.values()) for counter in counters)
    # What lost a part looks like another.
    return total(missing) + max(0, total(extra) - len(lost))


def report(format_name, reader, version, documents, spans, relations, count, explanation):
    print("\t".join(str(cell) for cell in (format_name, reader, version, documents, spans, relations, count, explanation)))
    return count


def files(folder, ending):
    return sorted(path for path in Path(folder).rglob(f"*.{ending}") if path.name not in ("report.json",) and path.is_file())
