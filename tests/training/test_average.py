"""The mean of several checkpoints."""

import pytest
import torch

from ocr_core.alphabet import Alphabet
from training.average import main
from training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from training.network import Crnn, NetworkConfig

SMALL = NetworkConfig(channels=(4, 4, 4, 4), hidden=4, layers=1)


def checkpoint(folder, name, value, letters="ab"):
    weights = {
        key: torch.full_like(weight, value) for key, weight in Crnn(len(letters) + 1, SMALL).state_dict().items()
    }
    path = folder / f"{name}.pt"
    save_checkpoint(path, Checkpoint(weights, Alphabet(letters), SMALL, [{"lines": value}], {"run": name}))
    return str(path)


def test_weights_are_averaged_and_the_newest_past_is_kept(tmp_path):
    old, new, target = checkpoint(tmp_path, "old", 1), checkpoint(tmp_path, "new", 4), tmp_path / "mean.pt"
    main([old, new, "--output", str(target)])
    mean = load_checkpoint(target)
    assert {float(value.mean()) for value in mean.weights.values() if value.is_floating_point()} == {2.5}
    # how many batches were seen is a count, and has no mean
    assert {int(value) for value in mean.weights.values() if not value.is_floating_point()} == {4}
    assert (mean.settings["run"], mean.history) == ("new", [{"lines": 4}])
    assert mean.settings["mean_of"] == [f"{tmp_path.name}/{name}.pt" for name in ("old", "new")]
    assert mean.network()(torch.zeros(1, 1, 32, 16)).shape == (1, 4, 3)


def test_what_does_not_fit_is_refused(tmp_path, capsys):
    one, other = checkpoint(tmp_path, "one", 1), checkpoint(tmp_path, "other", 1, letters="abc")
    with pytest.raises(SystemExit):
        main([one, other, "--output", str(tmp_path / "mean.pt")])
    assert "no mean" in capsys.readouterr().err
