"""Has PyLD expand what Glosse wrote, and compares the annotations with the golden article.

    python check.py GOLDEN.jsonl FOLDER REPORT.json

FOLDER has what `glosse convert GOLDEN.jsonl FOLDER --to web-annotation` wrote, REPORT.json its losses. Prints, with tabs between:
format, reader, version, documents, spans, relations, differences, explanation. Exits with 1 if there are differences.

The terms of the W3C's context that are needed stand here, so that nothing is fetched. Every annotation is also held to
the JSON Schemas of the W3C's tests (`web-annotation-tests`), if `GLOSSE_SHARED` names a folder that has them.
"""

import json
import os
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import jsonschema
from pyld import jsonld
from referencing import Registry, Resource

OA = "http://www.w3.org/ns/oa#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
AS = "http://www.w3.org/ns/activitystreams#"
OWN = "urn:glosse:"
# From https://www.w3.org/ns/anno.jsonld.
CONTEXT = {
    "oa": OA,
    "as": AS,
    "rdf": RDF,
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "dcterms": "http://purl.org/dc/terms/",
    "schema": "http://schema.org/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "id": {"@type": "@id", "@id": "@id"},
    "type": {"@type": "@id", "@id": "@type"},
    "Annotation": "oa:Annotation",
    "TextualBody": "oa:TextualBody",
    "SpecificResource": "oa:SpecificResource",
    "TextQuoteSelector": "oa:TextQuoteSelector",
    "TextPositionSelector": "oa:TextPositionSelector",
    "AnnotationCollection": "as:OrderedCollection",
    "AnnotationPage": "as:OrderedCollectionPage",
    "Software": "as:Application",
    "tagging": "oa:tagging",
    "classifying": "oa:classifying",
    "describing": "oa:describing",
    "identifying": "oa:identifying",
    "linking": "oa:linking",
    "commenting": "oa:commenting",
    "body": {"@type": "@id", "@id": "oa:hasBody"},
    "target": {"@type": "@id", "@id": "oa:hasTarget"},
    "source": {"@type": "@id", "@id": "oa:hasSource"},
    "selector": {"@type": "@id", "@id": "oa:hasSelector"},
    "motivation": {"@type": "@vocab", "@id": "oa:motivatedBy"},
    "purpose": {"@type": "@vocab", "@id": "oa:hasPurpose"},
    "first": {"@type": "@id", "@id": "as:first"},
    "items": {"@type": "@id", "@id": "as:items", "@container": "@list"},
    "total": {"@type": "xsd:nonNegativeInteger", "@id": "as:totalItems"},
    "startIndex": {"@type": "xsd:nonNegativeInteger", "@id": "as:startIndex"},
    "value": "rdf:value",
    "exact": "oa:exact",
    "prefix": "oa:prefix",
    "suffix": "oa:suffix",
    "start": {"@type": "xsd:nonNegativeInteger", "@id": "oa:start"},
    "end": {"@type": "xsd:nonNegativeInteger", "@id": "oa:end"},
    "name": "foaf:name",
    "generator": {"@type": "@id", "@id": "as:generator"},
    "label": "rdfs:label",
}


def load(url, _options):
    if url != "http://www.w3.org/ns/anno.jsonld":
        raise ValueError(f"{url} is not to be fetched")
    return {"contextUrl": None, "documentUrl": url, "document": {"@context": CONTEXT}, "contentType": "application/ld+json"}


def value(node, name):
    [only] = node[name]
    return only["@value"]


def tag(annotation):
    """The label of an annotation."""
    [label] = [
        value(body, RDF + "value")
        for body in annotation[OA + "hasBody"]
        if body.get(OA + "hasPurpose", [{}])[0].get("@id") == OA + "tagging"
    ]
    return label


def main():
    golden = [json.loads(line) for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()]
    losses = json.loads(Path(sys.argv[3]).read_text(encoding="utf-8"))
    paths = sorted(Path(sys.argv[2]).rglob("*.jsonld"))
    differences, spans, relations, held = [], 0, 0, 0
    for article, path in zip(golden, paths, strict=True):
        written = json.loads(path.read_text(encoding="utf-8"))
        text = path.with_suffix(".txt").read_bytes().decode("utf-8")
        if text != article["text"]:
            differences.append("the text")
        held += schemas(written, differences)
        own = [loss for loss in losses if loss["article"] == article["id"]]
        gone = {loss["annotation"] for loss in own if loss["what"].startswith(("span ", "relation ", "the rejected "))}
        base = f"http://example.org/{path.name}"
        [collection] = jsonld.expand(written, {"documentLoader": load, "base": base})
        if collection[OWN + "article"][0]["@value"]["id"] != article["id"]:
            differences.append("the id of the article")
        [page] = collection[AS + "first"]
        items = page[AS + "items"][0]["@list"]
        found, names, links, labels = Counter(), {}, [], Counter()
        for item in items:
            targets = item[OA + "hasTarget"]
            if item[OA + "motivatedBy"][0]["@id"] == OA + "linking":
                links.append(item)
                continue
            if not any(OA + "hasSelector" in target for target in targets):
                labels[tag(item)] += 1
                continue
            pieces = []
            for target in targets:
                if target[OA + "hasSource"][0]["@id"] != f"http://example.org/{path.with_suffix('.txt').name}":
                    differences.append("the source of a target")
                by_type = {selector["@type"][0]: selector for selector in target[OA + "hasSelector"]}
                place, quote = by_type[OA + "TextPositionSelector"], by_type[OA + "TextQuoteSelector"]
                start, end = int(value(place, OA + "start")), int(value(place, OA + "end"))
                around = value(quote, OA + "prefix") + value(quote, OA + "exact") + value(quote, OA + "suffix")
                if text[start:end] != value(quote, OA + "exact") or around not in text:
                    differences.append(f"the selectors of {item['@id']} do not agree")
                pieces.append((start, end))
            status = value(item, OWN + "status") if OWN + "status" in item else "accepted"
            names[item["@id"]] = (tag(item), *pieces)
            found[(tag(item), tuple(pieces), " ".join(text[start:end] for start, end in pieces), status)] += 1
        expected = Counter(
            (span["label"], tuple(map(tuple, span["fragments"])), span["text"], span["status"])
            for span in article["spans"]
            if span["id"] not in gone
        )
        differences += [f"span {one}" for one in (expected - found) | (found - expected)]
        spans += found.total()
        # What links point to, by its own words; the golden ids are at the end of the names.
        ids = {item["@id"]: int(item["@id"].rsplit(":", 1)[1]) for item in items}
        expected = Counter(
            (
                relation["label"],
                relation.get("trigger"),
                tuple(sorted((argument["role"], argument["target"]) for argument in relation["arguments"])),
            )
            for relation in article["relations"]
            if relation["id"] not in gone
        )
        found = Counter()
        for item in links:
            triggers = [ids[target["@id"]] for target in item[OA + "hasTarget"] if OWN + "trigger" in target]
            roles = [
                (value(target, OWN + "role"), ids[target["@id"]]) for target in item[OA + "hasTarget"] if OWN + "role" in target
            ]
            found[(tag(item), triggers[0] if triggers else None, tuple(sorted(roles)))] += 1
        differences += [f"relation {one}" for one in (expected - found) | (found - expected)]
        relations += found.total()
        if labels != Counter(label["label"] for label in article.get("document_labels", [])):
            differences.append(f"document labels {labels}")
    explanation = f"{held} checks of the W3C's schemas passed" if held else "the W3C's schemas are not at hand"
    print(
        "web-annotation", "PyLD, jsonschema", f"{version('pyld')}, {version('jsonschema')}", len(paths), spans, relations,
        len(differences), "; ".join(differences) or explanation,
        sep="\t",
    )
    return bool(differences)


def schemas(written, differences):
    """Holds each annotation to the tests of the W3C that say what must be; returns how many checks were made."""
    shared = os.environ.get("GLOSSE_SHARED")
    folder = Path(shared or "", "corpora/web-annotation/w3c__web-annotation-tests")
    if not shared or not folder.is_dir():
        return 0
    files = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in folder.rglob("*.json")}
    resources = [(name, Resource.from_contents(content)) for name, content in files.items() if "$schema" in content]
    registry = Registry().with_resources(resources)
    checks = 0
    for name, schema in files.items():
        if schema.get("assertionType") != "must" or schema.get("expectedResult") != "valid":
            continue
        validator = jsonschema.Draft4Validator({"$ref": name}, registry=registry)
        for item in written["first"]["items"]:
            item = {"@context": "http://www.w3.org/ns/anno.jsonld", **item}
            try:
                errors = list(validator.iter_errors(item))
            except Exception as error:  # A schema that refers to something that is not there says nothing.
                print(f"{name}: {type(error).__name__} {error}", file=sys.stderr)
                break
            checks += 1
            if errors:
                differences.append(f"{name}: {item['id']}: {schema.get('errorMessage', errors[0].message)}")
    return checks


if __name__ == "__main__":
    sys.exit(main())
