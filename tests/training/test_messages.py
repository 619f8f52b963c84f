"""What the commands of the training say of input with which they can do nothing."""

from pathlib import Path

import onnx
import pytest
import torch

from ocr_core.alphabet import Alphabet
from training import curve, export, quantise
from training.checkpoint import Checkpoint, save_checkpoint
from training.network import Crnn, NetworkConfig

ROOT = Path(__file__).parents[2]
SMALL = NetworkConfig(channels=(4, 8, 8, 8), hidden=8, layers=1, dropout=0.0)


@pytest.fixture
def checkpoint(tmp_path):
    torch.manual_seed(0)
    path = tmp_path / "new.pt"
    save_checkpoint(path, Checkpoint(Crnn(3, SMALL).state_dict(), Alphabet("ab"), SMALL, [], {}))
    return path


def refused(main, arguments, capsys):
    """Return what a command says on its way out; 2 is the status of wrong usage."""
    with pytest.raises(SystemExit) as leaving:
        main([str(argument) for argument in arguments])
    assert leaving.value.code == 2
    return capsys.readouterr().err


def test_quantise_names_the_file_that_it_cannot_use(tmp_path, capsys):
    (tmp_path / "text.onnx").write_text("hello")
    onnx.save(onnx.helper.make_model(onnx.helper.make_graph([], "empty", [], [])), tmp_path / "other.onnx")
    for name, said in (
        ("none.onnx", "cannot be read: No such file"),
        ("text.onnx", "is no ONNX file"),
        ("other.onnx", "is no file of training.export"),
    ):
        arguments = [tmp_path / name, "--output", tmp_path / "out.onnx", "--assets", tmp_path]
        assert f"{name} {said}" in refused(quantise.main, arguments, capsys)
    assert not (tmp_path / "out.onnx").exists()


def test_quantise_tells_of_a_file_that_is_quantised_already(tmp_path, capsys):
    said = refused(
        quantise.main,
        [ROOT / "models/recognizer.onnx", "--output", tmp_path / "out.onnx", "--assets", tmp_path],
        capsys,
    )
    assert "is quantised already" in said


def test_error_rates_that_are_no_numbers_are_refused(checkpoint, tmp_path, capsys):
    arguments = [checkpoint, "--output", tmp_path / "out.onnx", "--cer", "sroie=four"]
    assert "--cer takes SET=SHARE, as sroie=0.0412, and not sroie=four" in refused(export.main, arguments, capsys)


def test_a_curve_needs_a_history(checkpoint, capsys):
    assert "new.pt has no history" in refused(curve.main, [checkpoint], capsys)
