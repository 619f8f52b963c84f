"""Export and quantisation of a small network, compared by numbers."""

import hashlib
import json
from collections import Counter

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import numpy_helper

from ocr_core.alphabet import Alphabet
from ocr_core.engine import CANDIDATES, CrnnEngine
from ocr_core.model_spec import read_spec
from training.checkpoint import Checkpoint, save_checkpoint
from training.description import describe, recogniser_metadata
from training.export import (
    ExportError,
    Likeliest,
    compare,
    export,
    likeliest,
    main,
    sample_lines,
    to_onnx,
)
from training.manifest import update_manifest
from training.network import Crnn, NetworkConfig
from training.onnx_weights import BYTES_FROM, pack, unpack
from training.quantise import quantise

ALPHABET = Alphabet(" abcdefghijklmnopqrstuvwxyz中文")
CONFIG = NetworkConfig(channels=(8, 8, 16, 16), hidden=16)
METADATA = recogniser_metadata(ALPHABET, 4, "0123abcd", {"mine": 0.25}, "1.2.3")


@pytest.fixture(scope="module")
def network() -> Crnn:
    torch.manual_seed(0)
    torch.set_num_threads(1)  # more of them only wait for each other in a network this small
    network = Crnn(len(ALPHABET), CONFIG)
    with torch.no_grad():
        network.classifier.weight.mul_(1000)  # clear winners, as a trained network has them
        for _ in range(30):
            network(torch.from_numpy(sample_lines(4, 320)))  # sets the batch norms to what lines are like
    return network.eval()


@pytest.fixture(scope="module")
def exported(network) -> onnx.ModelProto:
    return export(network, METADATA)


def run(model: onnx.ModelProto, lines: np.ndarray) -> list[np.ndarray]:
    return onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"lines": lines})


def test_likeliest_classes_come_best_first_with_their_softmax_probabilities():
    logits = torch.tensor([[[1.0, 3.0, 2.0], [500.0, 0.0, -500.0]]])
    classes, probabilities = likeliest(logits)
    assert classes.tolist() == [[[1, 2, 0], [0, 1, 2]]]
    expected = logits.softmax(-1).sort(-1, descending=True).values
    assert probabilities.flatten().tolist() == pytest.approx(expected.flatten().tolist())


def test_no_more_classes_are_answered_than_the_beam_search_looks_at():
    classes, _ = likeliest(torch.zeros(1, 2, 100))
    assert classes.shape == (1, 2, CANDIDATES)


@pytest.mark.parametrize(("batch", "width"), [(1, 64), (5, 200), (2, 1600)])
def test_exported_file_answers_as_the_network(network, exported, batch, width):
    lines = sample_lines(batch, width)
    classes, probabilities = run(exported, lines)
    with torch.inference_mode():
        expected = network(torch.from_numpy(lines)).softmax(-1).amax(-1).numpy()
    assert classes.shape == probabilities.shape == (batch, width // 4, CANDIDATES)
    assert classes.dtype == np.int64
    assert np.abs(probabilities[..., 0] - expected).max() < 0.03


def test_exact_graph_agrees_closely(network):
    whole = Likeliest(network)
    assert compare(to_onnx(whole), whole, 1e-4) < 1e-4


def test_export_fails_where_torch_and_onnx_disagree(network):
    model = to_onnx(Likeliest(network))
    other = Likeliest(Crnn(len(ALPHABET), CONFIG)).eval()
    with pytest.raises(ExportError, match=r"winner differs|differ by up to"):
        compare(model, other, 1e-4)


def test_file_describes_itself(exported):
    metadata = {entry.key: entry.value for entry in exported.metadata_props}
    spec = read_spec(metadata)
    assert spec.alphabet.characters == ALPHABET.characters
    assert (spec.height, spec.step, spec.mean, spec.scale) == (32, 4, 127.5, 127.5)
    assert (metadata["training_commit"], metadata["version"]) == ("0123abcd", "1.2.3")
    assert json.loads(metadata["cer"]) == {"mine": 0.25}
    describe(exported, METADATA)  # replaces, does not double
    assert len(exported.metadata_props) == len(METADATA)


def test_packed_weights_take_half_the_bytes_and_unpack_to_themselves(network):
    model = to_onnx(Likeliest(network))
    packed = pack(model)
    assert packed.ByteSize() < 0.6 * model.ByteSize()
    unpacked = {w.name: numpy_helper.to_array(w) for w in unpack(packed).graph.initializer}
    for weight in model.graph.initializer:
        value = numpy_helper.to_array(weight)
        rounded = value.astype(np.float16).astype(np.float32) if value.size >= 256 and value.ndim > 1 else value
        assert np.array_equal(unpacked[weight.name], rounded)
    assert len(unpack(packed).graph.node) == len(model.graph.node)


def test_the_classifier_of_thousands_of_classes_takes_a_byte_a_weight():
    rng = np.random.default_rng(0)
    matrix = (rng.normal(0, 1, (128, BYTES_FROM // 128 + 1)) * rng.uniform(0.1, 9, BYTES_FROM // 128 + 1)).astype(
        np.float32
    )
    features = onnx.helper.make_tensor_value_info("features", onnx.TensorProto.FLOAT, [None, 128])
    logits = onnx.helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, None)
    product = onnx.helper.make_node("MatMul", ["features", "matrix"], ["logits"])
    graph = onnx.helper.make_graph(
        [product], "classifier", [features], [logits], [numpy_helper.from_array(matrix, "matrix")]
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    packed = pack(model)
    assert packed.ByteSize() < 0.27 * model.ByteSize()
    given = {"features": rng.uniform(-1, 1, (5, 128)).astype(np.float32)}
    of_file, of_plain = (
        onnxruntime.InferenceSession(m.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, given)[0]
        for m in (packed, unpack(packed))
    )
    assert np.allclose(of_file, of_plain, atol=1e-3)
    (plain,) = (numpy_helper.to_array(w) for w in unpack(packed).graph.initializer)
    # half a level of 254 between the largest and the smallest of a class
    assert np.all(np.abs(plain - matrix) <= np.abs(matrix).max(axis=0) / 127 * 0.501)
    assert [node.op_type for node in unpack(packed).graph.node] == ["MatMul"]


def test_int8_reads_as_single_precision(exported, tmp_path):
    rng = np.random.default_rng(0)
    lines = [((sample_lines(1, 64 * k)[0, 0] + 1) * 127.5).astype(np.uint8) for k in rng.integers(1, 6, 8)]
    small = quantise(exported, lines)
    operators = {node.op_type for node in small.graph.node}
    assert {"LSTM", "QuantizeLinear"} <= operators
    assert "Relu" not in operators  # the rounding cuts off what lies below 0
    stored = Counter(weight.data_type for weight in small.graph.initializer if np.prod(weight.dims) > 256)
    assert stored[onnx.TensorProto.INT8] >= 8  # convolutions and the classifier
    assert stored[onnx.TensorProto.FLOAT16] >= 2  # the LSTM
    assert stored[onnx.TensorProto.FLOAT] == 0  # biases are shorter
    tensor = sample_lines(1, 320)
    classes, probabilities = run(exported, tensor)
    small_classes, _ = run(small, tensor)
    sure = probabilities > 0.9
    assert sure.sum() > 10
    assert np.mean(small_classes[sure] == classes[sure]) > 0.95
    onnx.save(small, tmp_path / "small.onnx")
    assert CrnnEngine(tmp_path / "small.onnx").metadata == METADATA


def test_command_writes_file_and_manifest(network, tmp_path):
    checkpoint = tmp_path / "weights.pt"
    save_checkpoint(checkpoint, Checkpoint(network.state_dict(), ALPHABET, CONFIG, [], {}))
    output = tmp_path / "models" / "tiny.onnx"
    output.parent.mkdir()
    main([str(checkpoint), "--output", str(output), "--cer", "sroie=0.04", "--commit", "fedc"])
    entry = json.loads((output.parent / "manifest.json").read_text())["tiny.onnx"]
    assert entry["sha256"] == hashlib.sha256(output.read_bytes()).hexdigest()
    assert entry["bytes"] == output.stat().st_size
    engine = CrnnEngine(output)
    assert engine.metadata["training_commit"] == "fedc"
    assert json.loads(engine.metadata["cer"]) == {"sroie": 0.04}


def test_manifest_keeps_other_entries(tmp_path):
    for name in ("one.onnx", "two.onnx"):
        (tmp_path / name).write_bytes(name.encode())
        update_manifest(tmp_path / name, f"role of {name}")
    entries = json.loads((tmp_path / "manifest.json").read_text())
    assert {name: (entry["bytes"], entry["role"]) for name, entry in entries.items()} == {
        "one.onnx": (8, "role of one.onnx"),
        "two.onnx": (8, "role of two.onnx"),
    }
