"""Trained network -> ONNX file that describes itself, proven equal to the network.

    python -m training.export CHECKPOINT --output models/recognizer-fp32.onnx --assets ASSETS [--cer SET=SHARE ...]

The file takes `lines` (N, 1, 32, W) float32, normalised, and answers `classes` (N, T, K) int64 and
`probabilities` (N, T, K) float32: the likeliest classes of each step and their softmax probabilities, best first,
are found inside the graph, so that a reading does not carry 8,000 numbers a step out of the runtime. Weights are
stored in half precision, those of a large classifier in bytes (`training.onnx_weights`); the computing is in single
precision.
"""

import argparse
import io
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ocr_core.alphabet import BLANK
from ocr_core.engine import CANDIDATES
from ocr_core.preprocess import LINE_HEIGHT, normalize
from training.blank_gate import SEED, BlankGate, taught_gate
from training.checkpoint import load_checkpoint
from training.description import MEAN, SCALE, current_commit, describe, recogniser_metadata
from training.lines import LineMaker
from training.manifest import update_manifest
from training.network import TIME_STEP_PX, Crnn
from training.onnx_weights import BYTES, pack

OPSET = 17
"""Oldest operator set with everything needed here; the quantiser and ONNX Runtime from 1.12 know it."""

EXACT_TOLERANCE = 1e-4
"""Largest difference of a probability between torch and ONNX Runtime, both in single precision."""

HALF_TOLERANCE = 3e-2
"""The same once the weights are rounded to half precision: 11 bits in each of some twenty layers."""

BYTES_TOLERANCE = 6e-2
"""The same where a large classifier has 8 bits, too."""

CLEAR = 0.6
"""Probability from which a winner must be the same in both: below, two classes may be near a draw."""

SHAPES = ((1, 64), (1, 320), (3, 160), (2, 800))
"""Batch sizes and widths, in pixels, with which the file is compared with the network."""

WIDTH_OF_TRACE = 320
"""Pixels; any width would do, since the graph keeps it open."""


class ExportError(Exception):
    """The file would not read as the network does."""


def likeliest(logits: Tensor) -> tuple[Tensor, Tensor]:
    """Return classes (N, T, K) int64 and probabilities (N, T, K) float32, best first, of `logits` (N, T, C)."""
    probabilities, classes = logits.softmax(-1).topk(min(CANDIDATES, logits.shape[-1]), dim=-1)
    return classes, probabilities


class Likeliest(nn.Module):
    """A network with the likeliest classes of each step and their probabilities as outputs."""

    def __init__(self, network: Crnn, gate: BlankGate | None = None) -> None:
        super().__init__()
        self.network = network
        self.gate = gate

    def forward(self, lines: Tensor) -> tuple[Tensor, Tensor]:
        """Return classes (N, T, K) int64 and probabilities (N, T, K) float32 of lines (N, 1, H, W) float32."""
        features = self.network.sequence(lines)
        if self.gate is None:
            return self._classified(features)
        steps = features.flatten(0, 1)
        blank = self.gate(steps)
        # what the gate lets pass replaces a blank that stands for all other steps
        passed = (blank <= self.gate.limit).nonzero()[:, 0]
        classes, probabilities = (values[0] for values in self._classified(steps[passed][None]))
        kept = min(CANDIDATES, self.network.classifier.out_features)
        # products, not `expand`, which would be written into the file with the number of steps of now
        order = torch.ones_like(blank, dtype=torch.int64)[:, None] * torch.arange(kept)
        sure = blank.sigmoid()[:, None] * (order == BLANK)
        shape = (features.shape[0], features.shape[1], kept)
        return (
            order.index_put((passed,), classes).reshape(shape),
            sure.index_put((passed,), probabilities).reshape(shape),
        )

    def _classified(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return classes (N, T, K) int64 and probabilities (N, T, K) float32 of features (N, T, F) float32."""
        return likeliest(self.network.classifier(features))


def to_onnx(network: Likeliest) -> onnx.ModelProto:
    """Return `network` as a graph that takes any number of lines of any width."""
    axes = {"lines": {0: "N", 3: "W"}, "classes": {0: "N", 1: "T"}, "probabilities": {0: "N", 1: "T"}}
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # the exporter is chosen on purpose: the newer one writes the LSTM for a fixed number of steps
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.eval(),
            (torch.zeros(1, 1, LINE_HEIGHT, WIDTH_OF_TRACE),),
            buffer,
            dynamo=False,
            opset_version=OPSET,
            input_names=["lines"],
            output_names=["classes", "probabilities"],
            dynamic_axes=axes,
        )
    return onnx.load_from_string(buffer.getvalue())


def compare(model: onnx.ModelProto, network: Likeliest, tolerance: float) -> float:
    """Return the largest difference of a probability between `model` and `network`.

    Raises:
        ExportError: it exceeds `tolerance`, or a clear winner differs.
    """
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    worst = 0.0
    for batch, width in SHAPES:
        lines = sample_lines(batch, width)
        classes, probabilities = session.run(None, {"lines": lines})
        with torch.inference_mode():
            expected_classes, expected = (value.numpy() for value in network(torch.from_numpy(lines)))
        if classes.shape != expected_classes.shape:
            raise ExportError(f"{batch} lines of {width} px: {classes.shape} steps, not {expected_classes.shape}.")
        # only winners are compared by class: two unlikely classes may change places
        if np.any((classes != expected_classes)[..., 0] & (expected[..., 0] >= CLEAR)):
            raise ExportError(f"{batch} lines of {width} px: a clear winner differs between torch and ONNX.")
        worst = max(worst, float(np.abs(probabilities - expected).max()))
    if worst > tolerance:
        raise ExportError(f"Probabilities differ by up to {worst:.2g}; {tolerance:.2g} is allowed.")
    return worst


def sample_lines(batch: int, width: int) -> NDArray[np.float32]:
    """Return drawn lines with noise, (N, 1, 32, W) float32 in [-1, 1], the same at every call."""
    rng = np.random.default_rng(batch * 10_000 + width)
    lines = np.empty((batch, 1, LINE_HEIGHT, width), np.float32)
    for line in lines[:, 0]:
        paper = np.full((LINE_HEIGHT, width), 255, np.uint8)
        text = "".join(rng.choice(list("ABCDEFGHKLMNPRSTUVWXYZ0123456789"), width // 14))
        cv2.putText(paper, text, (4, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 0, 2)
        line[:] = normalize(np.clip(paper - rng.normal(20, 10, paper.shape), 0, 255).astype(np.uint8), MEAN, SCALE)
    return lines


def export(network: Crnn, metadata: Mapping[str, str], gate: BlankGate | None = None) -> onnx.ModelProto:
    """Return `network` as a file's content with its weights made smaller, proven equal to it.

    Args:
        network: trained.
        metadata: what the file will say about itself.
        gate: spares the classifier the steps that are blank; without one it looks at each step.

    Raises:
        ExportError: torch and ONNX Runtime disagree.
    """
    answering = Likeliest(network, gate).eval()
    model = to_onnx(answering)
    exact = compare(model, answering, EXACT_TOLERANCE)
    packed = pack(model)
    in_bytes = any(weight.name.endswith(BYTES) for weight in packed.graph.initializer)
    rounded = compare(packed, answering, BYTES_TOLERANCE if in_bytes else HALF_TOLERANCE)
    print(f"torch and ONNX Runtime differ by {exact:.1e}, by {rounded:.1e} with weights as the file keeps them")
    describe(packed, metadata)
    onnx.checker.check_model(packed)
    return packed


def main(arguments: Sequence[str] | None = None) -> None:
    """Export the checkpoint named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.export", description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path, help="as written by training.train")
    parser.add_argument("--output", type=Path, required=True, help="ONNX file to write")
    parser.add_argument("--assets", type=Path, help="folder of fonts and texts, for a gate that spares blank steps")
    parser.add_argument("--gate-lines", type=int, default=1500, help="drawn to teach the gate")
    parser.add_argument("--version", default="0.1.0", help="of the weights")
    parser.add_argument("--commit", default=None, help="of the training code; else that of this checkout")
    parser.add_argument(
        "--cer", nargs="*", default=[], metavar="SET=SHARE", help="measured error rates, as sroie=0.0412"
    )
    options = parser.parse_args(arguments)
    checkpoint = load_checkpoint(options.checkpoint)
    try:
        rates = {name: float(share) for name, _, share in (entry.partition("=") for entry in options.cer)}
    except ValueError:
        parser.error(f"--cer takes SET=SHARE, as sroie=0.0412, and not {' '.join(options.cer)}")
    options.output.parent.mkdir(parents=True, exist_ok=True)
    metadata = recogniser_metadata(
        checkpoint.alphabet, TIME_STEP_PX, options.commit or current_commit(), rates, options.version
    )
    network, gate = checkpoint.network(), None
    if options.assets is not None:
        gate = taught_gate(network, LineMaker(options.assets, checkpoint.alphabet, SEED), options.gate_lines)
    try:
        model = export(network, metadata, gate)
    except ExportError as error:
        sys.exit(f"{options.checkpoint} is not exported: {error}")
    onnx.save(model, options.output)
    update_manifest(options.output, "text recogniser, weights in half precision and bytes, computed in single")
    print(f"wrote {options.output}, {options.output.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
