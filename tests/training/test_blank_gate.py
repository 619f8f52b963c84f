"""The gate that spares the classifier the blank steps."""

import math

import numpy as np
import onnxruntime
import pytest
import torch

from ocr_core.alphabet import BLANK, Alphabet
from training.blank_gate import MISTAKES, SURE, BlankGate, _fit, least_limit
from training.description import recogniser_metadata
from training.export import Likeliest, compare, export, sample_lines, to_onnx
from training.network import Crnn, NetworkConfig
from training.quantise import quantise

ALPHABET = Alphabet(" abcdefghijklmnopqrstuvwxyz中文")
METADATA = recogniser_metadata(ALPHABET, 4, "0123abcd", {}, "1.2.3")


@pytest.fixture(scope="module")
def network() -> Crnn:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    network = Crnn(len(ALPHABET), NetworkConfig(channels=(8, 8, 16, 16), hidden=16))
    with torch.no_grad():
        network.classifier.weight.mul_(1000)
        for _ in range(30):
            network(torch.from_numpy(sample_lines(4, 320)))
    return network.eval()


def gate(limit: float) -> BlankGate:
    torch.manual_seed(1)
    gate = BlankGate(32)
    gate.limit = torch.tensor(limit)
    return gate.eval()


@pytest.fixture(scope="module")
def half_closed(network) -> BlankGate:
    closing = gate(0.0)
    with torch.inference_mode():
        closing.limit = (
            closing(network.sequence(torch.from_numpy(sample_lines(4, 320))).flatten(0, 1)).median().clone()
        )
    return closing


def answers(model, lines):
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, {"lines": lines})


def test_a_new_gate_passes_every_step(network):
    lines = torch.from_numpy(sample_lines(2, 160))
    with torch.inference_mode():
        plain, gated = Likeliest(network)(lines), Likeliest(network, BlankGate(32).eval())(lines)
    assert torch.equal(plain[0], gated[0])
    assert torch.equal(plain[1], gated[1])


def test_skipped_steps_are_blank_and_the_others_are_as_without_the_gate(network, half_closed):
    lines = torch.from_numpy(sample_lines(3, 160))
    with torch.inference_mode():
        logits = half_closed(network.sequence(lines).flatten(0, 1)).reshape(3, -1)
        plain, gated = Likeliest(network)(lines), Likeliest(network, half_closed)(lines)
    skipped = logits > half_closed.limit
    assert 0 < skipped.float().mean() < 1
    assert (gated[0][skipped][:, 0] == BLANK).all()
    assert torch.allclose(gated[1][skipped][:, 0], logits[skipped].sigmoid())
    assert (gated[1][skipped][:, 1:] == 0).all()
    assert torch.equal(gated[0][~skipped][:, 0], plain[0][~skipped][:, 0])
    assert torch.allclose(gated[1][~skipped], plain[1][~skipped], atol=1e-5)


@pytest.mark.parametrize("limit", [-math.inf, 0.0, math.inf], ids=["skips all", "skips some", "skips none"])
def test_the_file_answers_as_the_gated_network_even_where_no_step_is_left(network, limit):
    gated = Likeliest(network, gate(limit)).eval()
    assert compare(to_onnx(gated), gated, 1e-4) < 1e-4


def test_the_gate_stays_in_the_int8_file_and_its_classifier_is_int8(network, half_closed):
    lines = [((sample_lines(1, 64 * k)[0, 0] + 1) * 127.5).astype(np.uint8) for k in (1, 3, 5, 6)]
    small = quantise(export(network, METADATA, half_closed), lines)
    kinds = [node.op_type for node in small.graph.node]
    assert "MatMulIntegerToFloat" in kinds
    assert {"NonZero", "Gemm"} <= set(kinds)
    classes, probabilities = answers(small, sample_lines(2, 320))
    assert classes.shape == probabilities.shape == (2, 80, 8)
    assert ((probabilities[..., 1:] == 0).all(-1)).any()


def test_a_line_alone_is_answered_as_in_company(network, half_closed):
    lines = sample_lines(3, 160)
    small = quantise(export(network, METADATA, half_closed), [np.full((32, 64), 200, np.uint8)])
    together = answers(small, lines)
    for n in range(3):
        alone = answers(small, lines[n : n + 1])
        assert all(np.array_equal(a[0], b[n]) for a, b in zip(alone, together, strict=True))


def test_a_taught_gate_knows_blank_steps_it_has_not_seen():
    draw = torch.Generator().manual_seed(0)
    features = torch.randn(20_000, 32, generator=draw)
    blank = (4 * features[:, 0] + 2 * features[:, 1]).sigmoid()
    taught = BlankGate(32)
    _fit(taught, features[:15_000], blank[:15_000])
    with torch.inference_mode():
        logits = taught(features[15_000:])
    limit = least_limit(logits, blank[15_000:])
    skipped = logits > limit
    assert skipped.float().mean() > 0.1
    assert ((blank[15_000:] < SURE) & skipped).float().mean() <= MISTAKES


def test_where_no_step_is_sure_none_is_skipped_beyond_the_mistakes_allowed():
    logits = torch.arange(100_000.0)
    limit = least_limit(logits, torch.zeros(100_000))
    assert (logits > limit).sum() == MISTAKES * 100_000


def test_where_all_steps_are_sure_all_are_skipped():
    assert least_limit(torch.zeros(10), torch.ones(10)) == -math.inf
