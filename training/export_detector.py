"""Trained detector -> ONNX file that describes itself, proven equal to the network.

    python -m training.export_detector runs/detector/best.pt --output models/detector.onnx --assets assets

The file takes `pages` (1, 1, H, W) float32, normalised, H and W multiples of 32, and answers `probability`
(1, 1, H / 2, W / 2) float32. The rule by which cores become lines is chosen on rendered pages in held-out fonts.
With `--int8` convolutions are quantised statically, calibrated on rendered pages; else weights are stored in half
precision and computed with in single.
"""

import argparse
import io
import itertools
import json
import logging
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from torch import Tensor, nn

from ocr_core.detect_cores import CoreRule
from training.alphabets import default_alphabet
from training.description import MEAN, SCALE, current_commit, describe
from training.detector_network import MULTIPLE, STRIDE, Detector, as_input
from training.detector_trainer import load_detector
from training.detector_validation import DEFAULT_RULE, held_out_pages, probability, score_answers
from training.export import EXACT_TOLERANCE, HALF_TOLERANCE, OPSET, ExportError
from training.manifest import update_manifest
from training.onnx_weights import pack
from training.page_maker import Page, PageMaker

LINE_HEIGHT = 17.5
"""Pixels; pages are scaled until the typical line is so high. Most lines of the training pages are 8 to 24.
At 14, in two thirds of the network's time, token F1 of drawn and of real pages was 0.05 to 0.24 points lower with
the weights of 0.4."""

THRESHOLDS, SCORES = (0.4, 0.5, 0.6), (0.6, 0.7, 0.8)
"""Values tried for the rule. The growth is the one that undoes the inset of the cores."""

STRICT_MATCH = 0.7
"""Intersection over union at which the rule is chosen: a line that is found but cut is misread."""

CALIBRATION_SEED = 30_000
"""Of the pages drawn for calibration; no training run uses it."""


class Answer(nn.Module):
    """A detector with probabilities in place of logits."""

    def __init__(self, network: Detector) -> None:
        super().__init__()
        self.network = network

    def forward(self, pages: Tensor) -> Tensor:
        """Return (N, 1, H / STRIDE, W / STRIDE) float32, 0-1."""
        return self.network(pages).sigmoid()


def to_onnx(network: Detector) -> onnx.ModelProto:
    """Return `network` as a graph for one page of any size."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the older exporter is chosen on purpose, as for the recogniser
        torch.onnx.export(
            Answer(network).eval(),
            (torch.zeros(1, 1, 4 * MULTIPLE, 6 * MULTIPLE),),
            buffer,
            dynamo=False,
            opset_version=OPSET,
            input_names=["pages"],
            output_names=["probability"],
            dynamic_axes={"pages": {2: "H", 3: "W"}, "probability": {2: "h", 3: "w"}},
        )
    return onnx.load_from_string(buffer.getvalue())


def answers(model: onnx.ModelProto, pages: Sequence[Page]) -> list[NDArray[np.float32]]:
    """Return what `model` answers on each page, (H / STRIDE, W / STRIDE) float32."""
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return [session.run(None, {"pages": _tensor(page)})[0][0, 0] for page in pages]


def difference(model: onnx.ModelProto, network: Detector, pages: Sequence[Page]) -> float:
    """Return the largest difference of a probability between `model` and `network` on `pages`."""
    found = answers(model, pages)
    return max(float(np.abs(a - probability(network, p)).max()) for a, p in zip(found, pages, strict=True))


def export(network: Detector, pages: Sequence[Page]) -> onnx.ModelProto:
    """Return `network` with half-precision weights, proven equal to it on `pages`.

    Raises:
        ExportError: torch and ONNX Runtime disagree.
    """
    model = to_onnx(network)
    packed = pack(model)
    for name, file, tolerance in (("single", model, EXACT_TOLERANCE), ("half", packed, 2 * HALF_TOLERANCE)):
        worst = difference(file, network, pages)
        print(f"torch and ONNX Runtime differ by {worst:.1e} with weights in {name} precision")
        if worst > tolerance:
            raise ExportError(f"Probabilities differ by up to {worst:.2g}; {tolerance:.2g} is allowed.")
    return packed


class _Pages(CalibrationDataReader):
    """Feeds pages to the calibration one by one."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self._tensors = map(_tensor, pages)

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        """Return the next page under the name of the network's input, None after the last."""
        tensor = next(self._tensors, None)
        return None if tensor is None else {"pages": tensor}


def quantised(network: Detector, pages: Sequence[Page]) -> onnx.ModelProto:
    """Return `network` with convolutions in int8, calibrated on `pages`."""
    logging.getLogger().setLevel(logging.ERROR)  # the exporter has folded constants and batch norms already
    with tempfile.TemporaryDirectory() as folder:
        single, static = (Path(folder) / name for name in ("single.onnx", "static.onnx"))
        onnx.save(to_onnx(network), single)
        quantize_static(
            single,
            static,
            _Pages(pages),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            weight_type=QuantType.QInt8,
            activation_type=QuantType.QUInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )
        return onnx.load(static)


def best_rule(found: Sequence[NDArray[np.float32]], pages: Sequence[Page]) -> tuple[CoreRule, dict[str, float]]:
    """Return the rule with the highest F1 of the answers `found` on `pages`, and its scores."""
    rules = [
        replace(DEFAULT_RULE, threshold=threshold, score=score)
        for threshold, score in itertools.product(THRESHOLDS, SCORES)
    ]
    scored = [(score_answers(found, pages, rule, STRICT_MATCH), rule) for rule in rules]
    scores, rule = max(scored, key=lambda pair: pair[0]["f1"])
    return rule, scores


def detector_metadata(rule: CoreRule, scores: Mapping[str, float], commit: str, version: str) -> dict[str, str]:
    """Return what a detector's file says about itself; `ocr_core.detect_network` reads it.

    Args:
        rule: by which cores become lines.
        scores: precision, recall and F1 on rendered pages in held-out fonts.
        commit: of the training code.
        version: of the weights.
    """
    return {
        "name": "ocr-pair detector",
        "version": version,
        "stride": str(STRIDE),
        "multiple": str(MULTIPLE),
        "mean": str(MEAN),
        "scale": str(SCALE),
        "line_height": str(LINE_HEIGHT),
        "threshold": str(rule.threshold),
        "score": str(rule.score),
        "growth": str(rule.growth),
        "least": str(rule.least),
        "training_commit": commit,
        "held_out_pages": json.dumps(dict(scores)),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Export the checkpoint named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.export_detector", description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path, help="as written by training.train_detector")
    parser.add_argument("--output", type=Path, required=True, help="ONNX file to write")
    parser.add_argument("--assets", type=Path, required=True, help="folder of fonts and texts")
    parser.add_argument("--version", default="0.1.0", help="of the weights")
    parser.add_argument("--commit", default=None, help="of the training code; else that of this checkout")
    parser.add_argument("--int8", action="store_true", help="quantise the convolutions")
    parser.add_argument("--pages", type=int, default=120, help="rendered pages to choose the rule on")
    options = parser.parse_args(arguments)
    network = load_detector(options.checkpoint).network()
    pages = held_out_pages(options.assets, default_alphabet(), options.pages)
    model = export(network, pages[:8])
    if options.int8:
        maker = PageMaker(options.assets, default_alphabet(), CALIBRATION_SEED)
        model = quantised(network, [maker.page() for _ in range(options.pages)])
    rule, scores = best_rule(answers(model, pages), pages)
    print(f"{rule}\n{len(pages)} rendered pages in held-out fonts, IoU {STRICT_MATCH}: {scores}")
    describe(model, detector_metadata(rule, scores, options.commit or current_commit(), options.version))
    onnx.checker.check_model(model)
    onnx.save(model, options.output)
    update_manifest(options.output, f"line detector, {'int8' if options.int8 else 'weights in half precision'}")
    print(f"wrote {options.output}, {options.output.stat().st_size / 1e6:.1f} MB")


def _tensor(page: Page) -> NDArray[np.float32]:
    """Return a page as the network takes it, (1, 1, H, W) float32."""
    return as_input(torch.from_numpy(page.gray)[None, None]).contiguous().numpy()


if __name__ == "__main__":
    main()
