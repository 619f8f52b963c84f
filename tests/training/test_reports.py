import sys

from ocr_core.alphabet import Alphabet
from training import curve, held_out, sheet
from training.checkpoint import Checkpoint, save_checkpoint
from training.network import Crnn, NetworkConfig

PNG = b"\x89PNG\r\n\x1a\n"


def run(module, monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", [module.__name__, *map(str, arguments)])
    module.main()


def test_held_out_lines_make_a_set_that_evaluation_reads(assets, tmp_path, monkeypatch):
    run(held_out, monkeypatch, tmp_path, "--assets", assets, "--lines", 5, "--clean")
    rows = [row.split("\t") for row in (tmp_path / "labels.tsv").read_text("utf8").splitlines()]
    assert [name for name, _ in rows] == [f"{n:04d}.png" for n in range(5)]
    assert all(text for _, text in rows)
    assert all((tmp_path / "crops" / name).read_bytes().startswith(PNG) for name, _ in rows)


def test_contact_sheet_is_a_picture(assets, tmp_path, monkeypatch, capsys):
    run(sheet, monkeypatch, "--assets", assets, "--output", tmp_path / "sheet.png", "--lines", 6)
    assert (tmp_path / "sheet.png").read_bytes().startswith(PNG)
    assert capsys.readouterr().out.endswith("sheet.png: 6 lines\n")


def test_curve_draws_and_prints_the_history(tmp_path, monkeypatch, capsys):
    size = NetworkConfig(channels=(4, 4, 4, 4), hidden=4, layers=1)
    row = {"lines": 1_234_567, "hours": 2.5, "loss": 0.5, "cer": 0.031, "line_accuracy": 0.8}
    save_checkpoint(tmp_path / "c.pt", Checkpoint(Crnn(3, size).state_dict(), Alphabet("ab"), size, [row], {}))
    run(curve, monkeypatch, tmp_path / "c.pt", "--output", tmp_path / "curve.png")
    assert (tmp_path / "curve.png").read_bytes().startswith(PNG)
    assert "| 1,234,567 | 2.50 | 0.500 | 3.10% | 80.0% |" in capsys.readouterr().out
