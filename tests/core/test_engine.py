"""The engine on toy models whose answers are known, on the shipped one, and against RapidOCR."""

import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from toy_models import OURS_METADATA, save_finder, save_ours, save_ppocr

from ocr_core.engine import READABLE, CrnnEngine
from ocr_core.errors import ModelFileError
from ocr_core.language_model import LanguageModel
from ocr_core.types import Reading

MODEL = Path(__file__).parents[2] / "models" / "recognizer.onnx"
DARK, GREY, BRIGHT = 0, 128, 255


def bands(*levels: int, width: int = 8, height: int = 32) -> np.ndarray:
    """Return a line of vertical bands of the given grey levels, each `width` pixels wide."""
    return np.repeat(np.array([levels], np.uint8), width, axis=1).repeat(height, axis=0)


def drawn(text: str) -> np.ndarray:
    """Return `text` as dark print on white, (48, W)."""
    font = ImageFont.load_default(32)
    line = Image.new("L", (round(font.getlength(text)) + 20, 48), 255)
    ImageDraw.Draw(line).text((10, 4), text, fill=0, font=font)
    return np.asarray(line)


TEXTS = ["HELLO 2026", "7", "RECEIPT 48213", "TOTAL 19.90", "The quick brown fox jumps over it"]


@pytest.fixture(scope="module")
def engine() -> CrnnEngine:
    return CrnnEngine(MODEL)


@pytest.fixture
def toy(tmp_path) -> CrnnEngine:
    return CrnnEngine(save_ours(tmp_path / "toy.onnx", OURS_METADATA))


def test_toy_reads_bands_with_confidence_and_position(toy):
    (reading,) = toy.recognize([bands(DARK, GREY, DARK, BRIGHT)])
    assert reading.text == "aab"
    assert [c.position for c in reading.characters] == pytest.approx([1 / 8, 5 / 8, 7 / 8])
    # logits 20, 10 and -20
    assert reading.confidence == pytest.approx(1 / (1 + math.exp(-10) + math.exp(-40)), abs=1e-6)


def test_padding_is_not_decoded(toy):
    # 32 px are padded to 64 with the same white: decoded too, the run's centre would lie at 1.0
    (reading,) = toy.recognize([bands(BRIGHT, BRIGHT, BRIGHT, BRIGHT)])
    assert [(c.text, c.position) for c in reading.characters] == [("b", 0.5)]


def test_line_of_blanks_is_empty_with_confidence_zero(toy):
    (reading,) = toy.recognize([bands(GREY, GREY)])
    assert (reading.text, reading.confidence, reading.characters) == ("", 0.0, ())


def test_no_lines_give_no_readings(toy):
    assert toy.recognize([]) == []


def test_any_size_is_scaled_to_the_height(toy):
    lines = [
        cv2.resize(bands(DARK, GREY, BRIGHT), size, interpolation=cv2.INTER_NEAREST)
        for size in ((24, 32), (96, 128), (12, 16), (24, 1))
    ]
    assert [reading.text for reading in toy.recognize(lines)] == ["ab", "ab", "ab", "ab"]


def test_line_beyond_the_last_bucket_is_squeezed(toy):
    line = np.hstack([bands(DARK, width=3000), bands(GREY, width=3000), bands(BRIGHT, width=3000)])
    (reading,) = toy.recognize([line])
    assert reading.text == "ab"
    assert [c.position for c in reading.characters] == pytest.approx([1 / 6, 5 / 6], abs=0.01)


@pytest.mark.parametrize("key", sorted(OURS_METADATA))
def test_missing_key_is_named(tmp_path, key):
    metadata = {k: v for k, v in OURS_METADATA.items() if k != key}
    with pytest.raises(ModelFileError, match=f"lacks the key '{key}'"):
        CrnnEngine(save_ours(tmp_path / "toy.onnx", metadata))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"classes": "4000"}, "lists 2 characters, but the network has 4000 classes"),
        ({"character": "a\na"}, "holds a character twice"),
        ({"blank": "2"}, "blank is class 2"),
        ({"height": "tall"}, "height='tall' is not a positive integer"),
        ({"step": "0"}, "step='0' is not a positive integer"),
        ({"mean": "grey"}, "mean='grey' is not a number"),
        ({"mean": "nan"}, "mean='nan' is not a number"),
        ({"scale": "0"}, "scale is 0"),
        ({"height": "48"}, "does not take lines of 48 x 480 pixels in 1 channel"),
        ({"step": "8"}, "step=8 pixels would be 40 steps of 320 pixels, but the network answers 80"),
        ({"character": "a", "classes": "2"}, "lists 1 characters, but the network answers class 2"),
    ],
)
def test_wrong_metadata_is_refused(tmp_path, change, message):
    with pytest.raises(ModelFileError, match=f"toy.onnx cannot be used.*{message}"):
        CrnnEngine(save_ours(tmp_path / "toy.onnx", OURS_METADATA | change))


def test_missing_and_damaged_files_are_refused(tmp_path):
    with pytest.raises(ModelFileError, match="cannot be read"):
        CrnnEngine(tmp_path / "none.onnx")
    (tmp_path / "bad.onnx").write_bytes(b"no model")
    with pytest.raises(ModelFileError, match="not a valid ONNX model"):
        CrnnEngine(tmp_path / "bad.onnx")


def test_name_tells_the_file(tmp_path):
    one = CrnnEngine(save_ours(tmp_path / "one.onnx", OURS_METADATA))
    two = CrnnEngine(save_ours(tmp_path / "two.onnx", OURS_METADATA | {"training_commit": "other"}))
    assert one.name.startswith("crnn-")
    assert len(one.name) == len("crnn-") + 8
    assert one.name != two.name


def test_ppocr_conventions(tmp_path):
    toy = CrnnEngine(save_ppocr(tmp_path / "toy.onnx", {"character": "a\nb\n"}))
    assert toy.spec.alphabet.characters == ("a", "b", " ")
    (reading,) = toy.recognize([bands(DARK, GREY, BRIGHT, width=16, height=48)])
    # zeros after normalisation fill up to 320 px and are neither dark nor bright
    assert reading.text == "ab"
    assert [c.position for c in reading.characters] == pytest.approx([1 / 6, 5 / 6])
    prepared = toy.spec.to_input(bands(DARK, width=16, height=48))
    assert prepared.tensor.shape == (1, 3, 48, 320)
    assert np.all(prepared.tensor[..., :16] == -1)
    assert np.all(prepared.tensor[..., 16:] == 0)


@pytest.mark.parametrize(("height", "width", "expected"), [(48, 400, 400), (1, 200, 9600), (1, 5000, 9600)])
def test_ppocr_lines_have_a_bound(tmp_path, height, width, expected):
    toy = CrnnEngine(save_ppocr(tmp_path / "toy.onnx", {"character": "a\nb\n"}))
    prepared = toy.spec.to_input(np.zeros((height, width), np.uint8))
    assert prepared.tensor.shape == (1, 3, 48, expected)
    assert np.all(prepared.tensor == -1)


def test_ppocr_alphabet_that_does_not_fit_is_refused(tmp_path):
    with pytest.raises(ModelFileError, match="lists 5 characters, but the network has 4 classes"):
        CrnnEngine(save_ppocr(tmp_path / "toy.onnx", {"character": "a\nb\nc\nd\ne"}))
    with pytest.raises(ModelFileError, match="lacks the key 'character'"):
        CrnnEngine(save_ppocr(tmp_path / "toy.onnx", {}))


def test_ppocr_alphabet_may_repeat_characters(tmp_path):
    # its list of Latin letters holds one twice, that of English the space that the decoder adds once more
    toy = CrnnEngine(save_ppocr(tmp_path / "toy.onnx", {"character": "a\n \n"}))
    assert toy.recognize([bands(DARK, GREY, BRIGHT, width=16, height=48)])[0].text == "a "
    assert toy.spec.alphabet.characters == ("a", " ", " ")


def test_ppocr_steps_are_counted(tmp_path):
    toy = CrnnEngine(save_ppocr(tmp_path / "toy.onnx", {"character": "a\nb"}, step=4))
    line = bands(*[DARK, GREY] * 19, BRIGHT, width=8, height=48)
    assert toy.recognize([line])[0].text == "a" * 19 + "b"
    assert toy.spec.step == 4


def test_finders_of_lines_are_no_recognisers(tmp_path):
    with pytest.raises(ModelFileError, match="is no recogniser"):
        CrnnEngine(save_finder(tmp_path / "finder.onnx"))
    with pytest.raises(ModelFileError, match="is no recogniser"):
        CrnnEngine(MODEL.with_name("detector.onnx"))


def test_shipped_model_reads_print(engine):
    assert [reading.text for reading in engine.recognize([drawn(text) for text in TEXTS[:4]])] == TEXTS[:4]


def test_line_alone_equals_the_line_among_others(engine):
    lines = [drawn(text) for text in TEXTS]
    together = engine.recognize(lines)
    alone = [engine.recognize([line])[0] for line in lines]
    backwards = engine.recognize(lines[::-1])[::-1]
    assert together == alone == backwards  # texts, confidences and positions to the last bit


def test_lines_of_one_width_run_together_and_answer_to_the_bit_as_alone(engine, monkeypatch):
    lines = [drawn(text) for text in TEXTS for _ in range(5)]
    assert engine.recognize(lines) == [engine.recognize([line])[0] for line in lines]
    sizes = []
    run = engine._run
    monkeypatch.setattr(engine, "_run", lambda tensor: sizes.append(len(tensor)) or run(tensor))
    engine.see(lines)
    assert sum(sizes) == len(lines)
    assert max(sizes) > 1


def test_eight_threads_read_what_one_reads(engine):
    lines = [drawn(text) for text in TEXTS[:4]]
    serial = [engine.recognize([line])[0] for line in lines]

    def read_fifty(thread: int) -> list[bool]:
        return [engine.recognize([lines[(thread + k) % 4]])[0] == serial[(thread + k) % 4] for k in range(50)]

    with ThreadPoolExecutor(8) as pool:
        assert all(same for answers in pool.map(read_fifty, range(8)) for same in answers)


def test_language_decides_what_a_blurred_picture_leaves_open(engine):
    helped = CrnnEngine(MODEL, 1, LanguageModel(MODEL.with_name("language.npz")))
    texts = ["the total amount of water", "Please return this letter to the office", "in the course of the year"]
    lines = [cv2.GaussianBlur(cv2.resize(drawn(text), None, fx=0.28, fy=0.28), (0, 0), 0.9) for text in texts]
    seen, read = (helped.recognize(lines, decoder) for decoder in ("greedy", "beam"))
    assert seen == engine.recognize(lines)
    assert sum(r.text == t for r, t in zip(read, texts, strict=True)) > sum(
        s.text == t for s, t in zip(seen, texts, strict=True)
    )
    for reading in read:
        assert "".join(character.text for character in reading.characters) == reading.text
        places = [character.position for character in reading.characters]
        assert places == sorted(places)
        assert 0 < reading.confidence <= 1


def test_wide_marks_among_latin_words_stay_where_no_language_is_asked(monkeypatch):
    monkeypatch.setattr("ocr_core.engine.beam_search", lambda *arguments: "Total：5")
    helped = CrnnEngine(MODEL, 1, LanguageModel(MODEL.with_name("language.npz")))
    seen = helped.see([drawn("Total: 5")])
    assert [reading.text for reading in helped.recognize([drawn("Total: 5")], seen=seen)] == ["Total: 5"]
    monkeypatch.setattr("ocr_core.engine.decode_steps", lambda *arguments: Reading("Total：5", 0.99))
    assert helped.recognize([drawn("Total: 5")], "greedy")[0].text == "Total：5"


def test_no_language_is_asked_about_what_cannot_be_read(monkeypatch):
    asked = []
    monkeypatch.setattr("ocr_core.engine.beam_search", lambda *arguments: asked.append(arguments) or "word")
    taught = CrnnEngine(MODEL, language=LanguageModel(MODEL.with_name("language.npz")))
    asked.clear()
    noise = np.random.default_rng(5).integers(0, 256, (12, 24, 200), np.uint8)
    sights = taught.see(list(noise))
    readings = taught.recognize(list(noise), seen=sights)
    hopeless = [reading for reading in readings if reading.text != "word"]
    assert len(hopeless) == len(noise) - len(asked) > 0
    assert all(reading.confidence < READABLE for reading in hopeless)


def test_ppocr_weights_read_as_in_rapidocr():
    reason = "rapidocr-onnxruntime is not installed"
    rapidocr = pytest.importorskip("rapidocr_onnxruntime", reason=reason, exc_type=ImportError)
    weights = next((Path(rapidocr.__file__).parent / "models").glob("*_rec_*.onnx"))
    peer = rapidocr.RapidOCR().text_rec
    lines = [drawn(text) for text in TEXTS]
    expected = [peer([cv2.cvtColor(line, cv2.COLOR_GRAY2BGR)])[0][0][0] for line in lines]
    assert [reading.text for reading in CrnnEngine(weights).recognize(lines)] == expected
    assert expected[1] == "7"
