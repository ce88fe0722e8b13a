#!/usr/bin/env python3
"""An extractor for Glosse that asks spaCy, over JSON lines on standard input and output.

    pip install spacy
    python3 spacy_extractor.py --model de_core_news_sm
    python3 spacy_extractor.py --language de --patterns patterns.jsonl

With --model it loads an installed pipeline; without, it starts with an empty one for the language. A file with patterns
holds one of spaCy's patterns a line: {"label": "ORG", "pattern": "Stadtwerke Quellfurt"}.
"""

import argparse
import json
import sys


def pipeline(arguments):
    """The spaCy pipeline that the arguments ask for."""
    import spacy

    if arguments.model:
        nlp = spacy.load(arguments.model)
    else:
        nlp = spacy.blank(arguments.language)
    if arguments.patterns:
        ruler = nlp.add_pipe("entity_ruler", config={"overwrite_ents": True})
        with open(arguments.patterns, encoding="utf-8") as lines:
            ruler.add_patterns([json.loads(line) for line in lines if line.strip()])
    if not nlp.pipe_names:
        sys.exit("nothing to find: give --model, --patterns, or both")
    return nlp, f"spacy {spacy.__version__}"


def spans(document, has_ruler):
    """The entities of a document, placed by code points."""
    for entity in document.ents:
        span = {
            "start": entity.start_char,
            "end": entity.end_char,
            "text": entity.text,
            "label": entity.label_,
        }
        if has_ruler and entity.ent_id_:
            span["reason"] = f"pattern {entity.ent_id_}"
        yield span


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", help="an installed pipeline, by name or folder")
    parser.add_argument("--language", default="de", help="language of the empty pipeline without --model")
    parser.add_argument("--patterns", help="a file with one pattern of the entity ruler a line")
    arguments = parser.parse_args()
    nlp, version = pipeline(arguments)
    for line in sys.stdin:
        question = json.loads(line)
        answer = {"id": question["id"], "version": version}
        try:
            answer["spans"] = list(spans(nlp(question["text"]), bool(arguments.patterns)))
        except ValueError as error:
            # spaCy refuses texts that are longer than its limit.
            answer["error"] = str(error)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
