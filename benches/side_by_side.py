"""Converts a file to JSON lines with the library that Python has for its format: for `benches/side_by_side.rs`.

    python side_by_side.py FORMAT SOURCE TARGET.jsonl

Each line has the text, the spans with their places in code points, and what the library reads besides: attributes, features,
relations, notes, and of JSON lines every member. Of tokens and sentences only the text is written. Prints, with tabs between:
seconds from the first byte read to the last one written, articles, spans, and the library with its version. Importing the library
is not counted.
"""

import json
import logging
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

logging.disable(logging.WARNING)


def files(folder, ending):
    """The files in a folder, or the one file that it is."""
    if Path(folder).is_file():
        return [Path(folder)]
    return sorted(path for path in Path(folder).rglob(f"*{ending}") if path.is_file())


def lines(source):
    with open(source, encoding="utf-8") as file:
        yield from (json.loads(line) for line in file)


def record(text, spans, **others):
    return {"text": text, "spans": spans} | {name: value for name, value in others.items() if value}


def jsonl():
    def read(source):
        for article in lines(source):
            check(article)
            yield article

    return "json", sys.version.split()[0], read


def check(article):
    """As any reader has to: spans stand on their words, and what is linked is there."""
    text, ids = article["text"], set()
    for span in article["spans"]:
        if " ".join(text[start:end] for start, end in span["fragments"]) != span["text"]:
            raise ValueError(f"the span {span['id']} is not on its words")
        ids.add(span["id"])
    relations = article.get("relations", [])
    ids.update(relation["id"] for relation in relations)
    for relation in relations:
        targets = [argument["target"] for argument in relation["arguments"]] + [relation.get("trigger")]
        if any(target is not None and target not in ids for target in targets):
            raise ValueError(f"the relation {relation['id']} links what is not there")


def brat():
    from bioc import brat

    def read(source):
        for path in files(source, ".ann"):
            with open(path.with_suffix(".txt"), encoding="utf-8", newline="") as text, open(path, encoding="utf-8") as ann:
                document = brat.load(text, ann)
            spans = [
                {"id": one.id, "label": one.type, "fragments": [[piece.begin, piece.end] for piece in sorted(one.locations)]}
                for one in document.entities
            ]
            relations = [{"id": one.id, "label": one.type, "arguments": one.arguments} for one in document.relations]
            events = [
                {"id": one.id, "label": one.type, "trigger": one.trigger_id, "arguments": one.arguments}
                for one in document.events
            ]
            attributes = [
                {"name": one.type, "target": one.refid, "values": list(one.attributes)} for one in document.attributes
            ]
            notes = [{"target": one.refid, "kind": one.type, "text": one.text} for one in document.notes]
            yield record(document.text, spans, relations=relations, events=events, attributes=attributes, notes=notes)

    return "bioc", version("bioc"), read


def of_doc(doc):
    groups = [doc.ents, *doc.spans.values()]
    return record(doc.text, [[span.start_char, span.end_char, span.label_] for group in groups for span in group])


def conll():
    from spacy.training.converters import conll_ner_to_docs

    def read(source):
        content = Path(source).read_text(encoding="utf-8")
        yield from map(of_doc, conll_ner_to_docs(content, n_sents=1, no_print=True))

    return "spacy", version("spacy"), read


def docbin():
    import spacy
    from spacy.tokens import DocBin

    def read(source):
        vocab = spacy.blank("de").vocab
        yield from map(of_doc, DocBin(store_user_data=True).from_disk(source).get_docs(vocab))

    return "spacy", version("spacy"), read


def spacy_jsonl():
    import spacy
    import srsly

    def read(source):
        model = spacy.blank("de")
        for line in srsly.read_jsonl(source):
            doc = model.make_doc(line["text"])
            spans = (doc.char_span(s["start"], s["end"], label=s["label"], alignment_mode="expand") for s in line["spans"])
            doc.spans["sc"] = [span for span in spans if span]
            yield of_doc(doc) | {"relations": line.get("relations", []), "meta": line.get("meta", {})}

    return "spacy", version("spacy"), read


def conllu():
    import conllu

    def read(source):
        text, spans, open_spans = [], [], []
        at = 0
        with open(source, encoding="utf-8") as file:
            for sentence in conllu.parse_incr(file):
                for word in sentence:
                    misc = word["misc"] or {}
                    entity = misc.get("Entity") or ""
                    for _ in range(entity.count("(")):
                        open_spans.append((at, entity))
                    text.append(word["form"])
                    at += len(word["form"])
                    for _ in range(min(entity.count(")"), len(open_spans))):
                        start, label = open_spans.pop()
                        spans.append([start, at, label])
                    if misc.get("SpaceAfter") != "No":
                        text.append(" ")
                        at += 1
        yield record("".join(text), spans)

    return "conllu", version("conllu"), read


def webanno_tsv():
    from web_anno_tsv import open_web_anno_tsv

    def read(source):
        for path in files(source, ".tsv"):
            text, spans = "", []
            with open_web_anno_tsv(str(path)) as sentences:
                for sentence in sentences:
                    spans += [[len(text) + one.start, len(text) + one.stop, one.label] for one in sentence.annotations]
                    text += sentence.text + "\n"
            yield record(text, spans)

    return "web-anno-tsv", version("web-anno-tsv"), read


def of_gate(ending, kind):
    from gatenlp import Document

    def read(source):
        for path in files(source, ending):
            document = Document.load(str(path), fmt=kind)
            groups = map(document.annset, {"", *document.annset_names()})
            spans = [[one.start, one.end, one.type, dict(one.features)] for group in groups for one in group]
            yield record(document.text, spans, features=dict(document.features))

    return "gatenlp", version("gatenlp"), read


# What divides the text.
SEGMENTS = "de.tudarmstadt.ukp.dkpro.core.api.segmentation."


def of_cassis(ending, load):
    def read(source):
        for path in files(source, ending):
            cas = load(path)
            annotations = (one for one in cas.select_all() if hasattr(one, "begin") and not one.type.name.startswith(SEGMENTS))
            yield record(cas.sofa_string, [[one.begin, one.end, one.type.name] for one in annotations])

    return "dkpro-cassis", version("dkpro-cassis"), read


def uima_xmi():
    from cassis import load_cas_from_xmi, load_typesystem

    def load(path):
        beside = next(other for other in (path.with_name("TypeSystem.xml"), path.parent.parent / "TypeSystem.xml") if other.is_file())
        with open(beside, "rb") as types, open(path, "rb") as xmi:
            return load_cas_from_xmi(xmi, typesystem=load_typesystem(types))

    return of_cassis(".xmi", load)


def uima_json():
    from cassis import load_cas_from_json

    def load(path):
        with open(path, "rb") as file:
            return load_cas_from_json(file)

    return of_cassis(".json", load)


def of_datasets(kind):
    import datasets

    def read(source):
        paths = [str(path) for path in files(source, f".{ENDINGS[kind]}")]
        with tempfile.TemporaryDirectory() as cache:
            # Nothing that an earlier run has read.
            rows = datasets.load_dataset(kind, data_files=paths, split="train", cache_dir=cache)
            yield from spans_of_rows(rows)

    return "datasets", datasets.__version__, read


def spans_of_rows(rows):
    for row in rows:
        yield record(row["text"], row.get("entities") or [], id=row.get("id"), labels=row.get("labels"))


ENDINGS = {"parquet": "parquet", "json": "jsonl"}
READERS = {
    "jsonl": jsonl,
    "brat": brat,
    "conll": conll,
    "docbin": docbin,
    "spacy-jsonl": spacy_jsonl,
    "conllu": conllu,
    "webanno-tsv": webanno_tsv,
    "gate-xml": lambda: of_gate(".xml", "gatexml"),
    "bdoc": lambda: of_gate(".bdocjs", "bdocjs"),
    "uima-xmi": uima_xmi,
    "uima-json": uima_json,
    "parquet": lambda: of_datasets("parquet"),
    "hf-jsonl": lambda: of_datasets("json"),
}


def main():
    name, source, target = sys.argv[1:4]
    library, number, read = READERS[name]()
    articles = spans = 0
    start = time.perf_counter()
    with open(target, "w", encoding="utf-8") as file:
        for article in read(source):
            articles += 1
            spans += len(article["spans"])
            file.write(json.dumps(article, ensure_ascii=False) + "\n")
    print(time.perf_counter() - start, articles, spans, f"{library} {number}", sep="\t")


main()
