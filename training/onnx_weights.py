"""How weights are kept in a model file: `pack` stores them in half the bytes or a quarter, `unpack` undoes it."""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

HALF_FROM = 256
"""Numbers; smaller weights stay in single precision, where half would save nothing. So do vectors of any length:
biases, and the scales of int8 weights, which every product is multiplied by."""

BYTES_FROM = 1_000_000
"""Numbers; a matrix of so many is the classifier of thousands of characters. It is stored in int8, each column
(a class) with a scale of its own: what `training.quantise` computes with, and so the same in both files."""

HALF, BYTES, SCALES = "_half", "_bytes", "_scales"
"""End the names of weights that are stored in half precision, of those in int8, and of their scales."""


def pack(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return `model` with its weights rounded to half precision or int8, each followed by its way back.

    ONNX Runtime folds the way back away when it loads the file, so that it costs no time in use.
    """
    result = onnx.ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    nodes, scales = [], []
    for weight in graph.initializer:
        values = numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.ndim < 2 or values.size < HALF_FROM:
            continue
        name = weight.name
        if values.ndim == 2 and values.size >= BYTES_FROM:
            levels, scale = to_bytes(values)
            weight.CopyFrom(numpy_helper.from_array(levels, name + BYTES))
            scales.append(numpy_helper.from_array(scale, name + SCALES))
            nodes.append(_cast(name + BYTES, name + BYTES + "_wide"))
            nodes.append(helper.make_node("Mul", [name + BYTES + "_wide", name + SCALES], [name]))
        else:
            weight.CopyFrom(numpy_helper.from_array(values.astype(np.float16), name + HALF))
            nodes.append(_cast(name + HALF, name))
    graph.initializer.extend(scales)
    nodes.extend(graph.node)
    del graph.node[:]
    graph.node.extend(nodes)
    return result


def unpack(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return `model` with the weights that `pack` made smaller as plain single ones, rounded as they are."""
    result = onnx.ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    stored = {weight.name: numpy_helper.to_array(weight) for weight in graph.initializer}
    plain: list[onnx.TensorProto] = []
    for name, values in stored.items():
        if name.endswith(HALF):
            plain.append(numpy_helper.from_array(values.astype(np.float32), name.removesuffix(HALF)))
        elif name.endswith(BYTES):
            name = name.removesuffix(BYTES)
            plain.append(numpy_helper.from_array(values.astype(np.float32) * stored[name + SCALES], name))
        elif not (name.endswith(SCALES) and name.removesuffix(SCALES) + BYTES in stored):
            plain.append(numpy_helper.from_array(values, name))
    del graph.initializer[:]
    graph.initializer.extend(plain)
    made = {weight.name for weight in plain} | {name + "_wide" for name in stored if name.endswith(BYTES)}
    nodes = [node for node in graph.node if node.output[0] not in made]
    del graph.node[:]
    graph.node.extend(nodes)
    return result


def to_bytes(matrix: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return levels (F, C) int8, -127 to 127, and scales (C,) float32 whose product is `matrix` (F, C), rounded."""
    scale = np.maximum(np.abs(matrix).max(axis=0), 1e-8).astype(np.float32) / 127
    return np.rint(matrix / scale).astype(np.int8), scale


def _cast(stored: str, single: str) -> onnx.NodeProto:
    """Return the node that makes `single` of `stored`."""
    return helper.make_node("Cast", [stored], [single], single + "_cast", to=onnx.TensorProto.FLOAT)
