import math

import numpy as np
import pytest
import torch

from ocr_core.alphabet import Alphabet
from ocr_core.preprocess import bucket_width, pad_width
from training.alphabets import default_alphabet
from training.batches import Batch, BatchFeed, batches
from training.checkpoint import Checkpoint, fitted_to, load_checkpoint, save_checkpoint
from training.lines import SEVERITIES, LineMaker
from training.loss import CtcOfLogits, ctc_loss, sampled_classes
from training.network import Crnn, NetworkConfig
from training.recipe import learning_rate, mean_loss
from training.train import train
from training.trainer import TrainConfig, Trainer
from training.validation import validate

SMALL = NetworkConfig(channels=(8, 16, 24, 32), hidden=24, layers=1, dropout=0.0)


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def test_one_time_step_for_four_pixels():
    network = Crnn(11, SMALL).eval()
    for width in (64, 96, 320):
        assert network(torch.zeros(2, 1, 32, width)).shape == (2, width // 4, 11)


def test_sampling_keeps_the_classes_of_the_batch_and_the_blank():
    kept, offsets = sampled_classes(torch.tensor([5, 7, 5]), classes=100, negatives=10)
    assert kept[:3].tolist() == [0, 5, 7]
    assert len(set(kept.tolist())) == 13
    assert offsets[:3].tolist() == [0, 0, 0]
    assert offsets[3].item() == pytest.approx(math.log(97 / 10))


def test_look_alikes_of_the_batch_are_always_among_the_others():
    nearest = torch.arange(1, 101).remainder(100).clamp(min=1).unsqueeze(1)  # each class is like the next one
    kept, offsets = sampled_classes(torch.tensor([5, 40]), classes=100, negatives=0, nearest=nearest)
    assert kept.tolist() == [0, 5, 6, 40, 41]
    assert not offsets.any()


def test_sampling_everything_is_the_full_softmax():
    torch.manual_seed(0)
    network, lines = Crnn(30, SMALL).eval(), torch.randn(2, 1, 32, 64)
    targets, lengths = torch.tensor([1, 2, 3, 4]), torch.tensor([2, 2])
    full = ctc_loss(network, lines, targets, lengths, None, amp=False)
    sampled = ctc_loss(network, lines, targets, lengths, 100, amp=False)
    assert sampled.item() == pytest.approx(full.item(), rel=1e-5)


@pytest.mark.parametrize("cached", [1, 2**18])
def test_loss_and_gradient_are_those_of_log_softmax_and_torchs_ctc(monkeypatch, cached):
    monkeypatch.setattr("training.loss.CACHED_LOGITS", cached)
    torch.manual_seed(0)
    lengths = torch.tensor([3, 1, 7, 4])  # the third line has more characters than time steps
    targets = torch.randint(1, 50, (15,))
    logits = (3 * torch.randn(4, 6, 50)).requires_grad_()
    logs = logits.log_softmax(-1).transpose(0, 1)
    known = torch.nn.functional.ctc_loss(logs, targets, torch.full((4,), 6), lengths, zero_infinity=True)
    (wanted,) = torch.autograd.grad(known, logits)
    loss = CtcOfLogits.apply(logits, targets, lengths)
    (gradient,) = torch.autograd.grad(2 * loss, logits)
    assert loss.item() == pytest.approx(known.item(), rel=1e-5)
    assert torch.allclose(gradient, 2 * wanted, atol=1e-6)
    assert not gradient[2].any()


def test_loss_leaves_the_logits_as_they_are():
    logits = torch.randn(2, 6, 50)
    before = logits.clone()
    CtcOfLogits.apply(logits, torch.tensor([1, 2, 3]), torch.tensor([3, 0]))
    assert torch.equal(logits, before)


def test_learning_rate_warms_up_holds_and_falls_to_zero():
    config = TrainConfig(peak_lr=1.0, warmup_steps=10, decay_share=0.5)
    rates = [learning_rate(config, *at) for at in ((0, 0.0), (4, 0.0), (50, 0.5), (99, 0.75), (200, 1.0))]
    assert rates == pytest.approx([0.1, 0.5, 1.0, 0.5, 0.0])


def test_checkpoint_comes_back_in_half_precision(tmp_path):
    network = Crnn(4, SMALL)
    before = Checkpoint(network.state_dict(), Alphabet("ab "), SMALL, [{"lines": 5}], {"seed": 1})
    save_checkpoint(tmp_path / "c.pt", before)
    after = load_checkpoint(tmp_path / "c.pt")
    assert after.alphabet.characters == ("a", "b", " ")
    assert (after.config, after.history, after.settings) == (SMALL, [{"lines": 5}], {"seed": 1})
    for key, value in before.weights.items():
        assert torch.allclose(after.weights[key].float(), value.float(), atol=1e-3), key


def test_another_alphabet_keeps_the_rows_of_shared_characters():
    checkpoint = Checkpoint(Crnn(4, SMALL).state_dict(), Alphabet("abc"), SMALL, [], {})
    old, new = checkpoint.weights["classifier.weight"], fitted_to(checkpoint, Alphabet("xcba"))
    assert torch.equal(new["classifier.weight"][[0, 2, 3, 4]], old[[0, 3, 2, 1]])
    assert Crnn(5, SMALL).load_state_dict(new).missing_keys == []


def test_only_new_characters_are_taught_where_that_is_asked_for(tmp_path):
    start = tmp_path / "start.pt"
    save_checkpoint(start, Checkpoint(Crnn(4, SMALL).state_dict(), Alphabet("abc"), SMALL, [], {}))
    trainer = Trainer(TrainConfig(start=str(start), new_only=True, peak_lr=0.1, warmup_steps=1), Alphabet("axbc"))
    assert trainer.new == "x"
    before = {key: value.clone() for key, value in trainer.network.state_dict().items()}
    for _ in range(3):
        trainer.step((torch.randn(2, 1, 32, 64), torch.tensor([2, 1, 2, 3]), torch.tensor([2, 2])))
    for key, value in trainer.network.state_dict().items():
        known = [0, 1, 3, 4]
        same = value[known] == before[key][known] if key.startswith("classifier") else value == before[key]
        assert same.all(), key
    assert not torch.equal(trainer.network.classifier.weight[2], before["classifier.weight"][2])


def test_new_only_needs_something_new(tmp_path):
    start = tmp_path / "start.pt"
    save_checkpoint(start, Checkpoint(Crnn(4, SMALL).state_dict(), Alphabet("abc"), SMALL, [], {}))
    with pytest.raises(SystemExit, match="--new-only"):
        Trainer(TrainConfig(start=str(start), new_only=True), Alphabet("abc"))


def test_batches_hold_one_width_each(assets):
    batch = next(batches(LineMaker(assets, default_alphabet(), seed=4)))
    assert batch.lines.shape[1:3] == (1, 32)
    assert len(batch.texts) == len(batch.lines) == min(64, 10_240 // batch.lines.shape[3])


def test_overfits_eight_lines(assets):
    """The whole path learns: renderer, batch, loss, step, average, decoding."""
    maker = LineMaker(assets, default_alphabet(), seed=11, clean=True)
    lines = []
    while len(lines) < 8:
        image, text = maker.line()
        if 2 <= len(text) <= 8 and text.isascii() and bucket_width(image.shape[1]) == 128:
            lines.append((pad_width(image, 128), text))
    alphabet = Alphabet(sorted(set("".join(text for _, text in lines))))
    config = TrainConfig(steps=700, peak_lr=6e-3, warmup_steps=30, ema=0.8, negatives=100)
    trainer = Trainer(config, alphabet, SMALL)
    batch = Batch(np.stack([image for image, _ in lines])[:, None], tuple(t for _, t in lines))
    while trainer.progress < 1:
        loss = trainer.step(batch.tensors(alphabet, trainer.device))
    assert loss < 0.2
    assert validate(trainer.network.eval(), alphabet, lines).accuracy == 1.0


def test_a_run_goes_on_where_it_stopped(assets, tmp_path):
    config = TrainConfig(assets=str(assets), run=str(tmp_path), steps=2, workers=1, validation_lines=2)
    alphabet = default_alphabet()
    best = train(config, alphabet)
    trainer = Trainer(config, alphabet)
    assert trainer.resume(tmp_path)
    assert trainer.steps == 2
    history = load_checkpoint(best).history
    assert history[-1]["lines"] == trainer.lines > 0
    assert set(history[-1]) == {"lines", "hours", "loss", "cer", "line_accuracy"}


def test_a_run_that_is_over_says_so_and_stays_as_it_is(assets, tmp_path, capsys):
    config = TrainConfig(assets=str(assets), run=str(tmp_path), steps=2)
    trainer = Trainer(config, Alphabet("ab"))
    trainer.steps = 2
    trainer.save(tmp_path)
    before = (tmp_path / "best.pt").read_bytes()
    assert train(config, Alphabet("ab")) == tmp_path / "best.pt"
    assert "is over" in capsys.readouterr().out
    assert (tmp_path / "best.pt").read_bytes() == before


def test_a_run_does_not_go_on_with_another_alphabet(tmp_path):
    config = TrainConfig(run=str(tmp_path))
    Trainer(config, Alphabet("ab"), SMALL).save(tmp_path)
    for other in ("xy", "abc"):  # the weights alone would fit the first
        with pytest.raises(SystemExit, match="another alphabet"):
            Trainer(config, Alphabet(other), SMALL).resume(tmp_path)


def test_what_is_no_checkpoint_is_named(tmp_path):
    with pytest.raises(SystemExit, match=r"none.pt cannot be read: No such file"):
        load_checkpoint(tmp_path / "none.pt")
    (tmp_path / "damaged.pt").write_bytes(b"PK no checkpoint")
    with pytest.raises(SystemExit, match=r"damaged.pt is no checkpoint"):
        load_checkpoint(tmp_path / "damaged.pt")
    torch.save({"weights": {}, "config": {}}, tmp_path / "finder.pt")
    with pytest.raises(SystemExit, match="no checkpoint of a recogniser"):
        load_checkpoint(tmp_path / "finder.pt")


def test_the_lines_of_the_end_of_a_run_are_damaged_little(assets, tmp_path, monkeypatch):
    eased = []
    monkeypatch.setattr(BatchFeed, "ease", lambda feed: eased.append(feed))
    config = TrainConfig(
        assets=str(assets), run=str(tmp_path), steps=4, workers=1, validation_lines=2, mild_share=0.25
    )
    train(config, default_alphabet())
    assert len(eased) == 1


def test_mild_damage_is_what_a_line_maker_was_told(assets, monkeypatch):
    severities = set()

    def noted(ink, damages, rng, severity):
        severities.add(severity)
        return ink

    monkeypatch.setattr("training.lines.damage", noted)
    maker = LineMaker(assets, default_alphabet(), seed=5)
    maker.severities = (0.125,)
    for _ in range(30):
        maker.line()
    assert severities <= {0.125, min(SEVERITIES)}  # lettered lines have their own
    assert 0.125 in severities


@pytest.mark.parametrize("name", ["workers", "batch_scale", "warmup_steps", "decay_share", "minutes"])
def test_settings_with_which_nothing_is_trained_are_refused(name):
    with pytest.raises(ValueError, match=f"{name}=0 must be"):
        TrainConfig(**{name: 0})


def test_losses_that_are_no_numbers_do_not_count():
    assert mean_loss([1.0, math.inf, math.nan, 3.0]) == 2.0
    assert mean_loss([]) == 0.0
