"""Compares what Glosse reads of WebAnno TSV files with the same documents as UIMA XMI, which dkpro-cassis reads.

    python compare_xmi.py FOLDER COMMAND...

FOLDER has `reference.tsv` files with a `reference.xmi` beside them, as the tests of WebAnno and INCEpTION have. COMMAND converts a
file to Glosse's JSONL; the words IN and OUT in it stand for the files: `glosse convert IN OUT --from webanno-tsv --to jsonl`.
Prints each difference and a last line with the numbers; exits with 1 if a difference is not among the known ones.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from cassis import TypeSystem, load_cas_from_xmi
from lxml import etree

ANNOTATION, TOP, ARRAY, STRING = "uima.tcas.Annotation", "uima.cas.TOP", "uima.cas.FSArray", "uima.cas.String"
DKPRO = "de.tudarmstadt.ukp.dkpro.core.api."
NAMED_ENTITY = DKPRO + "ner.type.NamedEntity"
TOKEN = DKPRO + "segmentation.type.Token"
TAGS = {
    NAMED_ENTITY: "value",
    DKPRO + "lexmorph.type.pos.POS": "PosValue",
    DKPRO + "syntax.type.dependency.Dependency": "DependencyType",
    DKPRO + "lexmorph.type.morph.MorphologicalFeatures": None,
    DKPRO + "segmentation.type.Lemma": None,
    DKPRO + "segmentation.type.Stem": None,
    DKPRO + "segmentation.type.SurfaceForm": None,
}

# Documents whose TSV says something else than their XMI, because the format can not hold it: see the manual of INCEpTION on
# white space at the edges of annotations and on empty ones between tokens.
KNOWN = {
    "testAnnotationWithLeadingWhitespace": "the file begins at the token",
    "testAnnotationWithLeadingWhitespaceAtStart": "the file begins at the token",
    "testAnnotationWithTrailingWhitespace": "the file ends at the token",
    "testAnnotationWithTrailingWhitespaceAtEnd": "the file ends at the token",
    "testZeroWidthAnnotationBeforeFirstTokenIsMovedToBeginOfFirstToken": "the file has it at the token",
    "testZeroWidthAnnotationBetweenTokenIsMovedToEndOfPreviousToken": "the file has it at the token",
    "testZeroWidthAnnotationBeyondLastTokenIsMovedToEndOfLastToken": "the file has it at the token",
}


def typesystem(root):
    """Types with all features that the elements of an XMI have, as no type system lies beside them."""
    types, reference = {}, re.compile(r"^(Governor|Dependent|target|first|next|pos|lemma|stem|morph|parent)$")
    for element in root:
        name = etree.QName(element)
        package = name.namespace.removeprefix("http:///").removesuffix(".ecore").replace("/", ".")
        if package not in ("uima.cas", "uima.tcas"):
            types.setdefault(f"{package}.{name.localname}", set()).update(element.attrib)
    system = TypeSystem()
    for name, attributes in types.items():
        base = ANNOTATION if "begin" in attributes else "uima.cas.AnnotationBase" if "sofa" in attributes else TOP
        kind = system.create_type(name, base)
        for feature in attributes - {"sofa", "begin", "end", "{http://www.omg.org/XMI}id"}:
            range_ = ARRAY if feature == "links" else TOP if reference.match(feature) else STRING
            system.create_feature(kind, feature, range_)
    return system


def label_of(name, features):
    if name in TAGS:
        tag = TAGS[name]
    else:
        known = ("value", "label", "category", "type", "tag", "class", "kind", "referenceType")
        tag = next((feature for feature in known if feature in features), None)
    label = features.pop(tag, None)
    return label if label and label.strip() else name.rsplit(".", 1)[-1]


def facts_of_xmi(path, head):
    """Text and facts: spans with their places, arrows, links and steps of chains, in code points."""
    content = path.read_bytes()
    cas = load_cas_from_xmi(content.decode("utf-8"), typesystem=typesystem(etree.fromstring(content)))
    text = cas.sofa_string
    facts, places = Counter(), {}
    renamed_features = {"intValue": "integerValue"}
    structural = {"sofa", "begin", "end", "xmiID", "type", "next", "links", "Governor", "Dependent"}

    def place(annotation):
        return (annotation.begin, annotation.end)

    def layer_of(name):
        # Files that were made anew name the layer otherwise.
        renamed = {NAMED_ENTITY: "webanno.custom.Span"}
        return renamed[name] if name in renamed and name not in head and renamed[name] in head else name

    for annotation in cas.select_all_annotations():
        name = layer_of(annotation.type.name)
        if name not in head or not hasattr(annotation, "begin"):
            continue
        features = {}
        for feature in annotation.type.all_features:
            value = getattr(annotation, feature.name, None)
            if feature.name not in structural and value is not None and feature.rangeType.name == STRING:
                features[renamed_features.get(feature.name, feature.name)] = value
        if getattr(annotation, "Governor", None) is not None:
            label = label_of(name, features)
            facts[("arrow", name, label, place(annotation.Governor), place(annotation.Dependent), shown(features))] += 1
            continue
        step = features.pop("referenceRelation", None)
        label = label_of(name, features)
        follower = getattr(annotation, "next", None)
        if follower is not None:
            facts[("arrow", name, step or name.rsplit(".", 1)[-1], place(annotation), place(follower), ())] += 1
        elif step is not None:
            features["referenceRelation"] = step
        facts[("span", name, label, place(annotation), shown(features))] += 1
        links = getattr(annotation, "links", None)
        links = getattr(links, "elements", links) or []
        if links:
            ends = tuple((getattr(link, "role", None) or "links", place(link.target)) for link in links)
            facts[("links", "links", place(annotation), ends)] += 1
    return text, facts


def shown(features):
    return tuple(sorted((name, str(value)) for name, value in features.items()))


def facts_of_glosse(path, head):
    record = json.loads(path.read_text(encoding="utf-8").splitlines()[0])
    places, facts = {}, Counter()
    for span in record.get("spans", []):
        fragments = span.get("fragments") or [[span["start"], span["end"]]]
        places[span["id"]] = (fragments[0][0], fragments[-1][1])
        features = {name: plain(value) for name, value in span.get("attributes", {}).items()}
        name = features.pop("layer", NAMED_ENTITY)
        if name == TOKEN:
            continue
        if span.get("entity"):
            features["identifier"] = span["entity"]
        facts[("span", name, span["label"], places[span["id"]], shown(features))] += 1
    for relation in record.get("relations", []):
        features = {name: plain(value) for name, value in relation.get("attributes", {}).items()}
        name = features.pop("layer", "webanno.custom.Relation")
        ends = [(argument["role"], places[argument["target"]]) for argument in relation["arguments"]]
        if relation.get("trigger") is not None:
            facts[("links", relation["label"], places[relation["trigger"]], tuple(ends))] += 1
        else:
            facts[("arrow", name, relation["label"], ends[0][1], ends[1][1], shown(features))] += 1
    return record["text"], facts


def plain(value):
    return str(value).lower() if isinstance(value, bool) else str(value).removesuffix(".0")


def main():
    folder, command = Path(sys.argv[1]), sys.argv[2:]
    equal, known, other = 0, 0, 0
    with tempfile.TemporaryDirectory() as made:
        for xmi in sorted(folder.rglob("reference.xmi")):
            tsv, out = xmi.with_name("reference.tsv"), Path(made) / "out.jsonl"
            out.unlink(missing_ok=True)
            words = {"IN": str(tsv), "OUT": str(out)}
            subprocess.run([words.get(word, word) for word in command], check=True, stdout=subprocess.DEVNULL)
            head = {line.split("=", 1)[1].split("|")[0] for line in tsv.read_text(encoding="utf-8").splitlines() if line.startswith("#T_")}
            (text, expected), (found_text, found) = facts_of_xmi(xmi, head), facts_of_glosse(out, head)
            name = xmi.parent.name
            # Text behind the last sentence is in no TSV.
            if text.rstrip() == found_text.rstrip() and expected == found:
                equal += 1
                continue
            known, other = (known + 1, other) if name in KNOWN else (known, other + 1)
            print(f"{name}\t{KNOWN.get(name, 'not explained')}")
            if name not in KNOWN:
                print("  text", repr(text), repr(found_text)) if text != found_text else None
                print("  only in the XMI", list((expected - found).elements())[:4])
                print("  only in the TSV", list((found - expected).elements())[:4])
    print(f"{equal} equal, {known} differ as they must, {other} differ")
    sys.exit(1 if other else 0)


if __name__ == "__main__":
    main()
