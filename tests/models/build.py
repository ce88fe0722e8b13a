#!/usr/bin/env python3
"""Makes tiny.onnx and vocab.txt, a model for the classification of tokens that knows a handful of words.

    pip install onnx numpy
    python3 tests/models/build.py

It has the inputs and the output of a BERT for token classification, but looks each piece up in a table instead of thinking.
"""

from pathlib import Path

import numpy
from onnx import TensorProto, checker, helper, numpy_helper, save

LABELS = ["O", "B-PER", "I-PER", "B-LOC"]
PIECES = {
    "[PAD]": "O", "[UNK]": "O", "[CLS]": "O", "[SEP]": "O",
    "Lena": "B-PER", "Kühn": "I-PER", "Öz": "B-PER", "##dal": "O", "Quell": "B-LOC", "##furt": "O",
    "traf": "O", "in": "O", ".": "O", ",": "O",
}  # fmt: skip


def main():
    table = numpy.full((len(PIECES), len(LABELS)), -2.0, dtype=numpy.float32)
    for row, label in enumerate(PIECES.values()):
        table[row, LABELS.index(label)] = 2.0
    sequence = ["batch", "sequence"]
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "input_ids"], ["looked_up"]),
            helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["mask", "last"], ["wide_mask"]),
            helper.make_node("Mul", ["looked_up", "wide_mask"], ["logits"]),
        ],
        "tiny",
        [helper.make_tensor_value_info(name, TensorProto.INT64, sequence) for name in ("input_ids", "attention_mask")],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [*sequence, len(LABELS)])],
        [numpy_helper.from_array(table, "table"), numpy_helper.from_array(numpy.array([2]), "last")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="tiny")
    checker.check_model(model)
    folder = Path(__file__).parent
    save(model, folder / "tiny.onnx")
    (folder / "vocab.txt").write_text("".join(f"{piece}\n" for piece in PIECES), encoding="utf-8")


if __name__ == "__main__":
    main()
