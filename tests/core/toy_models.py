"""Recognisers small enough to know their answers by heart: dark steps are "a", bright ones "b", grey is blank."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OURS_METADATA = {
    "character": "a\nb",
    "classes": "3",
    "blank": "0",
    "height": "32",
    "step": "4",
    "mean": "127.5",
    "scale": "127.5",
    "training_commit": "none",
    "cer": "{}",
}

SHARPNESS = 20.0
"""Logits of a black step: probabilities are 0 or 1 to eight digits."""


def _logits(
    channels: int, height: int, step: int, classes: int
) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """Return nodes lines (N, channels, H, W) -> logits (N, T, C) by the mean brightness of each step."""
    weights = np.zeros((classes, channels, height, step), np.float32)
    weights[1], weights[2] = -SHARPNESS, SHARPNESS
    bias = np.zeros(classes, np.float32)
    bias[0], bias[3:] = SHARPNESS / 2, -SHARPNESS
    nodes = [
        helper.make_node("Conv", ["lines", "weights", "bias"], ["columns"], strides=[1, step]),
        helper.make_node("Squeeze", ["columns", "axis"], ["rows"]),
        helper.make_node("Transpose", ["rows"], ["logits"], perm=[0, 2, 1]),
    ]
    constants = {"weights": weights / (channels * height * step), "bias": bias, "axis": np.array([2], np.int64)}
    return nodes, [numpy_helper.from_array(value, name) for name, value in constants.items()]


def _save(path: Path, graph: onnx.GraphProto, metadata: dict[str, str]) -> Path:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, metadata)
    onnx.save(model, path)
    return path


def save_ours(path: Path, metadata: dict[str, str]) -> Path:
    """Write a toy of our own kind to `path`."""
    nodes, constants = _logits(1, 32, 4, classes=3)
    constants.append(numpy_helper.from_array(np.array([3], np.int64), "count"))
    nodes += [
        helper.make_node("Softmax", ["logits"], ["all"], axis=2),
        helper.make_node("TopK", ["all", "count"], ["probabilities", "classes"], axis=2),
    ]
    graph = helper.make_graph(
        nodes,
        "ours",
        [helper.make_tensor_value_info("lines", TensorProto.FLOAT, ["N", 1, 32, "W"])],
        [
            helper.make_tensor_value_info("classes", TensorProto.INT64, ["N", "T", 3]),
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", "T", 3]),
        ],
        constants,
    )
    return _save(path, graph, metadata)


def save_ppocr(path: Path, metadata: dict[str, str], step: int = 8) -> Path:
    """Write a toy with the conventions of PP-OCR to `path`: its classes are blank, a, b and the space."""
    nodes, constants = _logits(3, 48, step, classes=4)
    nodes.append(helper.make_node("Softmax", ["logits"], ["out"], axis=2))
    graph = helper.make_graph(
        nodes,
        "ppocr",
        [helper.make_tensor_value_info("lines", TensorProto.FLOAT, ["N", 3, 48, "W"])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["N", "T", 4])],
        constants,
    )
    return _save(path, graph, metadata)


def save_finder(path: Path) -> Path:
    """Write a toy with the shapes of PP-OCR's line finder to `path`: pictures in, maps of as many pixels out."""
    weights = np.full((1, 3, 1, 1), 1 / 3, np.float32)
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "weights"], ["out"])],
        "finder",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, "H", "W"])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["N", 1, "H", "W"])],
        [numpy_helper.from_array(weights, "weights")],
    )
    return _save(path, graph, {"character": "a\nb"})
