"""Reads JSON lines that Glosse wrote with `datasets`, and compares it with what was to be written.

    python check.py GOLDEN.jsonl FOLDER REPORT.json
"""

import pathlib
import sys

import datasets

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

import dataset_rows

if __name__ == "__main__":
    sys.exit(dataset_rows.check("hf-jsonl", datasets.Dataset.from_json, "out.jsonl", lambda table: None))
