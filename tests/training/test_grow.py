"""A network that grows: the same answers at first, and new blocks that learn."""

import pytest
import torch

from ocr_core.alphabet import Alphabet
from training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from training.grow import grown, main
from training.network import Crnn, NetworkConfig

SMALL = NetworkConfig(channels=(4, 8, 8, 12), hidden=8, layers=1, dropout=0.0)
LETTERS = Alphabet("ab")


@pytest.fixture
def checkpoint():
    torch.manual_seed(0)
    network = Crnn(len(LETTERS), SMALL)
    with torch.no_grad():
        for _ in range(3):  # running means unlike those of a new network
            network(torch.randn(4, 1, 32, 64))
    return Checkpoint(network.state_dict(), LETTERS, SMALL, [{"lines": 7}], {"run": "old"})


@pytest.mark.parametrize("blocks", [(1, 1, 1, 0), (2, 1, 1, 0), (1, 2, 1, 1), (3, 2, 2, 2)])
def test_a_grown_network_answers_as_before(checkpoint, blocks):
    after = grown(checkpoint, blocks)
    lines = torch.randn(2, 1, 32, 96)
    with torch.inference_mode():
        assert torch.equal(after.network()(lines), checkpoint.network()(lines))
    assert (after.config.blocks, after.history, after.settings) == (blocks, [{"lines": 7}], {"run": "old"})


def test_new_blocks_learn(checkpoint):
    network = grown(checkpoint, (1, 2, 1, 1)).network()
    optimiser = torch.optim.Adam(network.parameters(), 0.01)
    fresh = {name: weight.clone() for name, weight in network.named_parameters()}
    for _ in range(2):  # the first step moves the last scale of a block, the second what is before it
        optimiser.zero_grad()
        network(torch.randn(2, 1, 32, 64)).square().mean().backward()
        optimiser.step()
    # the order of the layers: two halvings, one block, a halving, two blocks
    assert not torch.equal(network.get_parameter("features.5.first.0.weight"), fresh["features.5.first.0.weight"])


def test_the_command_writes_a_checkpoint_that_grows_again(checkpoint, tmp_path, capsys):
    old, first, second = (tmp_path / name for name in ("old.pt", "first.pt", "second.pt"))
    save_checkpoint(old, checkpoint)
    main([str(old), "--blocks", "1", "2", "1", "0", "--output", str(first)])
    main([str(first), "--blocks", "2", "2", "1", "1", "--output", str(second)])
    assert load_checkpoint(second).config.blocks == (2, 2, 1, 1)
    assert str(second) in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main([str(second), "--blocks", "1", "2", "1", "1", "--output", str(tmp_path / "less.pt")])
    assert "none can be taken away" in capsys.readouterr().err
