"""Has doccano import and export what Glosse wrote, and compares it with the golden article.

    python check.py GOLDEN.jsonl FOLDER REPORT.json

FOLDER has what `glosse convert GOLDEN.jsonl FOLDER/out.jsonl --to doccano` wrote, REPORT.json its losses. Prints, with tabs between:
format, reader, version, documents, spans, relations, differences, explanation. Exits with 1 if there are differences.

doccano's own importer puts the file into a project on SQLite that allows overlapping spans, with its own guess of the encoding,
and its own exporter writes it out again.
"""

import json
import os
import sys
import tempfile
from collections import Counter
from importlib.metadata import version
from pathlib import Path


def main():
    golden = [json.loads(line) for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()]
    losses = json.loads(Path(sys.argv[3]).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        records, errors = through_doccano(Path(sys.argv[2], "out.jsonl"), Path(folder))
    differences = [f"importer: {error}" for error in errors]
    spans = relations = 0
    for article, record in zip(golden, records, strict=True):
        own = [loss for loss in losses if loss["article"] == article["id"]]
        gone = {loss["annotation"] for loss in own if loss["what"].startswith(("span ", "relation "))}
        text = record["text"]
        if text != article["text"]:
            differences.append("the text")
        # doccano counts UTF-16 units.
        units = text.encode("utf-16-le")
        by_id = {span["id"]: span for span in article["spans"]}

        def stated(span):
            [[start, end]] = span["fragments"]
            return span["label"], start, end, span["text"]

        def found(entity):
            start, end = entity["start_offset"], entity["end_offset"]
            before = len(units[: 2 * start].decode("utf-16-le"))
            words = units[2 * start : 2 * end].decode("utf-16-le")
            return entity["label"], before, before + len(words), words

        one = Counter(stated(span) for span in article["spans"] if span["id"] not in gone)
        other = Counter(found(entity) for entity in record["entities"])
        differences += [f"span {span}" for span in (one - other) | (other - one)]
        spans += other.total()
        one = Counter(
            (relation["label"], *(stated(by_id[argument["target"]]) for argument in relation["arguments"]))
            for relation in article["relations"]
            if relation["id"] not in gone
        )
        entities = {entity["id"]: entity for entity in record["entities"]}
        other = Counter(
            (relation["type"], found(entities[relation["from_id"]]), found(entities[relation["to_id"]]))
            for relation in record["relations"]
        )
        differences += [f"relation {relation}" for relation in (one - other) | (other - one)]
        relations += other.total()
        labels = [label["label"] for label in article.get("document_labels", [])]
        if record.get("cats", []) != labels:
            differences.append(f"categories {record.get('cats')}")
    print(
        "doccano", "doccano importer and exporter", version("doccano"), len(records), spans, relations, len(differences),
        "; ".join(differences) or "encoding guessed by doccano; overlapping spans allowed; categories come back as metadata",
        sep="\t",
    )
    return bool(differences)


def through_doccano(path, folder):
    """The records that doccano exports of what it imported, and the errors of the import."""
    import backend

    sys.path.insert(0, str(Path(backend.__file__).parent))
    os.environ.update(
        DATABASE_URL=f"sqlite:///{folder}/doccano.sqlite3",
        DJANGO_SETTINGS_MODULE="config.settings.development",
        MEDIA_ROOT=str(folder),
    )
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("create_roles", stdout=open(os.devnull, "w"))
    from data_export.models import ExportedExample
    from data_export.pipeline.dataset import Dataset
    from data_export.pipeline.factories import create_comment, create_formatter, create_labels, create_writer
    from data_export.pipeline.services import ExportApplicationService
    from data_import.datasets import load_dataset
    from data_import.pipeline.catalog import JSONL, RELATION_EXTRACTION
    from data_import.pipeline.readers import FileName
    from django.contrib.auth import get_user_model
    from projects.models import ProjectType, SequenceLabelingProject

    user = get_user_model().objects.create(username="reader")
    project = SequenceLabelingProject.objects.create(
        name="golden",
        created_by=user,
        project_type=ProjectType.SEQUENCE_LABELING,
        allow_overlapping=True,
        use_relation=True,
        collaborative_annotation=True,
    )
    name = FileName(str(path), path.name, path.name)
    dataset = load_dataset(RELATION_EXTRACTION, JSONL, [name], project, encoding="Auto")
    dataset.save(user)
    examples = ExportedExample.objects.filter(project=project)
    exported = Dataset(examples, create_labels(project, examples), create_comment(examples), True)
    target = folder / "all.jsonl"
    ExportApplicationService(exported, create_formatter(project, "JSONL"), create_writer("JSONL")).export(str(target))
    records = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    return records, [str(error.dict()) for error in dataset.errors]


if __name__ == "__main__":
    sys.exit(main())
