"""Model file in single precision -> int8, smaller and about 1.7 times as fast.

    python -m training.quantise models/recognizer-fp32.onnx --output models/recognizer.onnx --assets ASSETS

Convolutions are quantised statically, per channel, with ranges calibrated on lines that the caller gives. ReLU and
the sums of the residual blocks are quantised with them: what ReLU cuts off then takes none of the 256 levels, and
it runs inside the convolution, in no time of its own. The classifier's weights are quantised per class, its input
by the range that an LSTM's output cannot leave, and its result stays in floating point: rounded to 256 levels, the
best two of 8,000 classes often change places. The LSTM stays in floating point, too: in int8 it takes its range
from the whole batch, so that a line's answer would depend on its company, and it gained about a seventh of the
time.
"""

import argparse
import logging
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from onnx import numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

from ocr_core.errors import ModelFileError
from ocr_core.model_spec import read_spec
from ocr_core.types import Gray
from training.manifest import update_manifest
from training.onnx_weights import pack, to_bytes, unpack

QUANTISED = ["Conv", "Relu", "Add"]
"""Operators that compute in int8; an addition outside of the convolutions' part, `FEATURES`, is left alone."""

FEATURES = "/features/"
"""Names of the nodes of the convolutions' part begin like this."""

CALIBRATION_SEED = 20_000
"""Of the lines drawn for calibration; no training worker uses it."""

RUNTIME_DOMAIN = "com.microsoft"
"""Of the operators that ONNX Runtime has beyond the standard."""


class LineReader(CalibrationDataReader):
    """Feeds lines to the calibration one by one."""

    def __init__(self, tensors: Sequence[NDArray[np.float32]]) -> None:
        """Take `tensors`, each (1, 1, H, W) float32, normalised and padded."""
        self._tensors: Iterator[NDArray[np.float32]] = iter(tensors)

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        """Return the next line under the name of the network's input, None after the last."""
        tensor = next(self._tensors, None)
        return None if tensor is None else {"lines": tensor}


def quantise(model: onnx.ModelProto, lines: Sequence[Gray]) -> onnx.ModelProto:
    """Return `model`, an export of `training.export`, in int8 with the same metadata.

    Args:
        model: weights in single precision or as the export keeps them.
        lines: N images, each (H, W) uint8, 0 = black: what the network will meet, some hundred of them.
    """
    spec = read_spec({entry.key: entry.value for entry in model.metadata_props})
    tensors = [spec.to_input(line).tensor for line in lines]
    with tempfile.TemporaryDirectory() as folder:
        single, static = (Path(folder) / name for name in ("single.onnx", "static.onnx"))
        onnx.save(unpack(model), single)
        quantize_static(
            single,
            static,
            LineReader(tensors),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=QUANTISED,
            nodes_to_exclude=[node.name for node in model.graph.node if not node.name.startswith(FEATURES)],
            per_channel=True,
            weight_type=QuantType.QInt8,
            activation_type=QuantType.QUInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )
        result = pack(quantise_classifier(onnx.load(static)))
    del result.metadata_props[:]
    result.metadata_props.extend(model.metadata_props)
    return result


def quantise_classifier(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return `model` with its one product of features and weights, and the bias added to it, in a single int8 step.

    The step is ONNX Runtime's own: the operators of the standard need four passes over the result for it.
    """
    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    (product,) = (node for node in graph.node if node.op_type == "MatMul" and node.input[1] in weights)
    (total,) = (node for node in graph.node if product.output[0] in node.input)
    (bias,) = (name for name in total.input if name in weights)
    matrix = numpy_helper.to_array(weights[product.input[1]])  # (features, classes)
    levels, scale = to_bytes(matrix)
    constants = {
        "classifier_weight": levels,
        "classifier_scale": scale,
        "classifier_zero": np.zeros(matrix.shape[1], np.int8),
        "feature_scale": np.array(1 / 127, np.float32),
        "feature_zero": np.array(128, np.uint8),
    }
    rounded = onnx.helper.make_node(
        "QuantizeLinear", [product.input[0], "feature_scale", "feature_zero"], ["feature_levels"]
    )
    step = onnx.helper.make_node(
        "MatMulIntegerToFloat",
        ["feature_levels", "classifier_weight", "feature_scale", "classifier_scale", "feature_zero",
         "classifier_zero", bias],
        [total.output[0]],
        domain=RUNTIME_DOMAIN,
    )  # fmt: skip
    place = list(graph.node).index(product)
    graph.node.remove(product)
    graph.node.remove(total)
    graph.node.insert(place, rounded)
    graph.node.insert(place + 1, step)
    graph.initializer.remove(weights[product.input[1]])
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
    if RUNTIME_DOMAIN not in {entry.domain for entry in model.opset_import}:
        model.opset_import.append(onnx.helper.make_opsetid(RUNTIME_DOMAIN, 1))
    return model


def main(arguments: Sequence[str] | None = None) -> None:
    """Quantise the file named on the command line, calibrated on freshly rendered lines."""
    parser = argparse.ArgumentParser(prog="python -m training.quantise", description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, help="as written by training.export")
    parser.add_argument("--output", type=Path, required=True, help="ONNX file to write")
    parser.add_argument("--assets", type=Path, required=True, help="folder of fonts and texts")
    parser.add_argument("--lines", type=int, default=200, help="to calibrate on")
    options = parser.parse_args(arguments)
    # the quantiser advises to fold constants and batch norms first, which the exporter has done
    logging.getLogger().setLevel(logging.ERROR)
    # only here: a caller with lines of their own needs neither fonts nor the drawing
    from training.lines import LineMaker

    try:
        model = onnx.load(options.model)
        alphabet = read_spec({entry.key: entry.value for entry in model.metadata_props}).alphabet
    except OSError as error:
        parser.error(f"{options.model} cannot be read: {error.strerror}")
    except DecodeError:
        parser.error(f"{options.model} is no ONNX file")
    except ModelFileError as error:
        parser.error(f"{options.model} is no file of training.export: {error}")
    if any(node.domain == RUNTIME_DOMAIN for node in model.graph.node):
        parser.error(f"{options.model} is quantised already; take the file that training.export wrote")
    options.output.parent.mkdir(parents=True, exist_ok=True)
    maker = LineMaker(options.assets, alphabet, CALIBRATION_SEED)
    onnx.save(quantise(model, [maker.line()[0] for _ in range(options.lines)]), options.output)
    update_manifest(options.output, "text recogniser, int8")
    print(f"wrote {options.output}, {options.output.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
