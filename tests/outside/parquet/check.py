"""Reads a Parquet file that Glosse wrote with `datasets`, and compares it with what was to be written.

    python check.py GOLDEN.jsonl FOLDER REPORT.json

`requirements-3.txt` has the last version before `List`, which reads other metadata.
"""

import pathlib
import sys

import datasets

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

import dataset_rows


def tag_names(table):
    return table.features["ner_tags"].feature.names


if __name__ == "__main__":
    sys.exit(dataset_rows.check("parquet", datasets.Dataset.from_parquet, "out.parquet", tag_names))
