"""How weights are kept in a model file: `halve` to store them in half the bytes, `widen` to undo it."""

import numpy as np
import onnx
from onnx import helper, numpy_helper

HALF_FROM = 256
"""Numbers; smaller weights stay in single precision, where half would save nothing. So do vectors of any length:
biases, and the scales of int8 weights, which every product is multiplied by."""

SUFFIX = "_half"
"""Ends the name of a weight that is stored in half precision."""


def halve(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return `model` with its weights rounded to half precision, each followed by a cast back.

    ONNX Runtime folds the casts away when it loads the file, so that they cost no time in use.
    """
    result = onnx.ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    casts = []
    for weight in graph.initializer:
        values = numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.ndim < 2 or values.size < HALF_FROM:
            continue
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(values.astype(np.float16), name + SUFFIX))
        casts.append(helper.make_node("Cast", [name + SUFFIX], [name], name + "_cast", to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return result


def widen(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return `model` with the weights that `halve` stored in half precision as plain single ones."""
    result = onnx.ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    widened = set()
    for weight in graph.initializer:
        if weight.name.endswith(SUFFIX):
            name = weight.name.removesuffix(SUFFIX)
            widened.add(name)
            weight.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weight).astype(np.float32), name))
    nodes = [node for node in graph.node if not (node.op_type == "Cast" and node.output[0] in widened)]
    del graph.node[:]
    graph.node.extend(nodes)
    return result
