import random

import cv2
import numpy as np
import onnx
import pytest
import torch

from ocr_core.detect_network import NetworkLineFinder, read_detector_spec
from training.detector_network import MULTIPLE, STRIDE, Detector, DetectorConfig, as_input, loss
from training.detector_targets import targets
from training.detector_trainer import DetectorTrainConfig, DetectorTrainer, load_detector, save_detector
from training.detector_validation import DEFAULT_RULE, score_answers, validate_detector
from training.export_detector import best_rule, detector_metadata, difference, export, quantised
from training.network import Crnn, NetworkConfig
from training.page_maker import Line, Page
from training.train_detector import train

SMALL = DetectorConfig(channels=(6, 12, 16, 16, 16), blocks=(0, 0, 0))
SIDE = 160


def drawn_page(seed):
    """Return a page with lines of print in OpenCV's own letters."""
    rng, gray, lines = random.Random(seed), np.full((SIDE, SIDE), 250, np.uint8), []
    for y in range(8 + seed % 5, SIDE - 20, 26):
        text = "".join(rng.choices("ABDEGHKMNPRSTUX0123456789", k=rng.randint(4, 9)))
        (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.5, 1)
        x = rng.randint(4, SIDE - width - 4)
        cv2.putText(gray, text, (x, y + height), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 10, 1, cv2.LINE_AA)
        q = height / 4

        def box(inset, x0=x, y0=y, x1=x + width, y1=y + height):
            corners = [[x0 + inset, y0 + inset], [x1 - inset, y0 + inset], [x1 - inset, y1 - inset]]
            return np.array([*corners, [x0 + inset, y1 - inset]], np.float64)

        lines.append(Line(box(0), box(q), float(height), text))
    return Page(gray, tuple(lines), "drawn")


def batch(pages):
    truth = [targets(page) for page in pages]
    core = np.stack([t.core for t in truth])[:, None]
    weight = np.stack([t.weight for t in truth])[:, None]
    gray = np.stack([page.gray for page in pages])[:, None]
    return torch.from_numpy(gray), torch.from_numpy(core).float() / 255, torch.from_numpy(weight).float()


@pytest.fixture(scope="module")
def trained():
    """Return (trainer, losses) after some steps on drawn pages, with one thread."""
    torch.set_num_threads(1)
    trainer = DetectorTrainer(
        DetectorTrainConfig(minutes=5, steps=110, peak_lr=8e-3, warmup_steps=5, ema=0.9), SMALL
    )
    data = batch([drawn_page(seed) for seed in range(6)])
    return trainer, [trainer.step(*data) for _ in range(110)]


def test_one_answer_for_each_cell_of_the_page():
    network = Detector(SMALL).eval()
    for height, width in ((MULTIPLE, MULTIPLE), (96, 160)):
        assert network(torch.zeros(2, 1, height, width)).shape == (2, 1, height // STRIDE, width // STRIDE)


def test_loss_prefers_the_truth_and_ignores_what_counts_neither_way():
    core = torch.zeros(1, 1, 8, 8)
    core[..., 2:5, 1:7] = 1
    weight = torch.ones_like(core)
    right, wrong = (core * 2 - 1) * 6, (1 - core * 2) * 6
    assert loss(right, core, weight) < 0.1 < loss(wrong, core, weight)
    weight[..., 6:, :] = 0
    spoiled = right.clone()
    spoiled[..., 6:, :] = 9
    assert loss(spoiled, core, weight) == pytest.approx(loss(right, core, weight).item())


def test_training_finds_the_lines_of_drawn_pages(trained):
    trainer, losses = trained
    assert np.mean(losses[-5:]) < 0.35 * losses[0]
    scores = validate_detector(trainer.checkpoint().network(), [drawn_page(seed) for seed in range(6)])
    assert scores["recall"] > 0.85
    assert scores["precision"] > 0.85


def test_scores_count_what_is_found_and_what_is_invented():
    page = drawn_page(1)
    answer = targets(page).core.astype(np.float32) / 255
    assert score_answers([answer], [page], DEFAULT_RULE, match=0.7)["f1"] == 1.0
    answer[: SIDE // 4] = 0
    half = score_answers([answer], [page], DEFAULT_RULE)
    assert half["precision"] == 1.0
    assert 0.3 < half["recall"] < 0.7
    invented = np.zeros_like(answer)
    invented[10:20, 5:75:12] = 1
    assert score_answers([invented], [page], DEFAULT_RULE)["f1"] < 0.3


def test_checkpoint_comes_back_in_half_precision(trained, tmp_path):
    before = trained[0].checkpoint()
    save_detector(tmp_path / "d.pt", before)
    after = load_detector(tmp_path / "d.pt")
    assert (after.config, after.settings) == (before.config, before.settings)
    for key, value in before.weights.items():
        assert torch.allclose(value.float(), after.weights[key].float(), rtol=1e-3, atol=1e-4)


def test_export_answers_as_the_network_does_and_describes_itself(trained, tmp_path):
    network = trained[0].checkpoint().network()
    pages = [drawn_page(seed) for seed in range(6, 9)]
    model = export(network, pages)
    rule, scores = best_rule([as_numpy(network, page) for page in pages], pages)
    assert scores["f1"] > 0.5
    onnx.helper.set_model_props(model, detector_metadata(rule, scores, "abc", "1"))
    onnx.save(model, tmp_path / "detector.onnx")
    finder = NetworkLineFinder(tmp_path / "detector.onnx")
    assert finder.spec == read_detector_spec(finder.metadata)
    assert finder.spec.rule == rule
    answer = finder.probability(pages[0].gray)
    assert np.abs(answer - as_numpy(network, pages[0])).max() < 0.06


def as_numpy(network, page):
    with torch.inference_mode():
        return network(as_input(torch.from_numpy(page.gray)[None, None])).sigmoid()[0, 0].numpy()


def test_int8_answers_nearly_as_the_network_does(trained):
    network = trained[0].checkpoint().network()
    pages = [drawn_page(seed) for seed in range(4)]
    model = quantised(network, pages)
    found = [as_numpy(network, page) for page in pages]
    assert difference(model, network, pages) < 0.5
    assert score_answers(found, pages, DEFAULT_RULE)["f1"] > 0.85


def test_a_run_stops_saves_and_goes_on(assets, tmp_path, capsys):
    config = DetectorTrainConfig(assets=str(assets), run=str(tmp_path), validation_pages=2, batch=1, steps=2)
    best = train(config)
    assert load_detector(best).history[-1]["pages"] == 2
    again = DetectorTrainer(config)
    assert again.resume(tmp_path)
    assert (again.steps, again.progress) == (2, 1.0)
    assert train(config) == best
    assert "is over. --minutes" in capsys.readouterr().out


def test_ctrl_c_while_pages_are_validated_costs_no_step(assets, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("training.train_detector.validate_detector", interrupted)
    config = DetectorTrainConfig(assets=str(assets), run=str(tmp_path), validation_pages=1, batch=1, steps=2)
    with pytest.raises(KeyboardInterrupt):
        train(config)
    again = DetectorTrainer(config)
    assert again.resume(tmp_path)
    assert again.steps == 2


@pytest.mark.parametrize("name", ["batch", "validation_pages", "warmup_steps", "decay_share", "minutes"])
def test_settings_with_which_nothing_is_trained_are_refused(name):
    with pytest.raises(ValueError, match=f"{name}=0 must be"):
        DetectorTrainConfig(**{name: 0})


def test_the_run_of_a_recogniser_is_refused_in_words(tmp_path):
    network = Crnn(3, NetworkConfig(channels=(4, 4, 4, 4), hidden=4, layers=1))
    torch.save({"network": network.state_dict(), "optimizer": {}}, tmp_path / "state.pt")
    with pytest.raises(SystemExit, match=r"holds a run of another network.*--run"):
        DetectorTrainer(DetectorTrainConfig()).resume(tmp_path)
