"""Fourth step: lines -> readings. One ONNX Runtime session, loaded once and shared by all threads."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from ocr_core.beam import beam_search
from ocr_core.ctc import align, decode_steps, likeliest, nearly_seen, without_echo
from ocr_core.errors import ModelFileError
from ocr_core.further_looks import FURTHER_LOOKS, Look, decided, is_open, view
from ocr_core.language_model import LanguageModel
from ocr_core.latin_marks import with_latin_marks
from ocr_core.model_spec import PPOCR_HEIGHT, PPOCR_MIN_WIDTH, LineInput, ModelSpec, ppocr_spec, read_spec
from ocr_core.recognizer import Sight
from ocr_core.types import Decoder, Gray, Reading

OUTPUTS = ["classes", "probabilities"]
"""Outputs of a file of ours; a PP-OCR file has one, of any name."""

EXPECTED = (
    "A file of ours has the outputs classes and probabilities; one of PP-OCR has three input channels and one "
    "output (lines, steps, classes)."
)
"""Ends the errors about files of other kinds."""

CANDIDATES = 8
"""Classes of each step that the beam search looks at; a file of ours answers no more."""

READABLE = 0.25
"""Confidence, 0-1, below which no language helps: what is seen is no text, or none that can be read."""

LARGEST_BATCH = 8
"""Lines; sixteen gain little more."""

BATCH_PIXELS = 2560
"""Width of all lines of a batch; bounds what a thread needs of the memory."""

WARM_UP_SHAPE = (32, 320)
"""Pixels, height and width, of the line of noise that is read once before the engine is handed out."""


class CrnnEngine:
    """Reads lines with a CTC recogniser in ONNX. Is a `Recognizer`; safe to call from many threads."""

    def __init__(self, path: Path, intra_op_threads: int = 1, language: LanguageModel | None = None) -> None:
        """Load `path`, check what it says of itself, and read a line of noise once.

        Args:
            path: an ONNX file of ours or of PP-OCR.
            intra_op_threads: threads that one call computes with. Callers bring threads of their own, so
                more than one only pays where a single reading at a time has several cores to itself.
            language: for the beam search; without one every line is read greedily.

        Raises:
            ModelFileError: the file is missing, is no ONNX model of a recogniser, or describes itself wrongly.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ModelFileError(f"The model file {path} cannot be read: {error.strerror}.") from error
        # both decide what is read, so that answers under one name may be kept
        digest = hashlib.sha256(data + (language.digest.encode() if language else b""))
        self.name = f"crnn-{digest.hexdigest()[:8]}"
        self._language = language
        self._session = open_session(data, path, intra_op_threads)
        self._input = self._session.get_inputs()[0].name
        self.metadata: dict[str, str] = dict(self._session.get_modelmeta().custom_metadata_map)
        self._ours = [output.name for output in self._session.get_outputs()] == OUTPUTS
        try:
            self.spec = self._read_spec()
            self._try_out()
        except ModelFileError as error:
            raise ModelFileError(f"{path} cannot be used. {error}") from error

    def recognize(
        self, lines: Sequence[Gray], decoder: Decoder = "beam", seen: Sequence[Sight | None] = ()
    ) -> list[Reading]:
        """Return one reading per line, in the same order.

        Lines that are padded to one width are run together: the answers are the same to the bit as one by one, in
        two thirds of the time (`benchmarks.batching`). With our weights, a line that is seen with doubt is looked
        at again; see `ocr_core.further_looks`.

        Args:
            lines: N images, each (H, W) uint8, 0 = black, any height and width >= 1.
            decoder: `beam` weighs what is seen with how likely it is as text, `greedy` takes what is seen. Files of
                PP-OCR are always read greedily, as they are elsewhere.
            seen: N sights of those lines, or None where there is none yet; empty where there are none at all.
        """
        sights = {index: sight for index, sight in enumerate(seen) if sight}
        new = [index for index in range(len(lines)) if index not in sights]
        sights.update(zip(new, self.see([lines[index] for index in new]), strict=True))
        looks = [[self._look(sights[index], decoder)] for index in range(len(lines))]
        for turn in range(FURTHER_LOOKS if self._ours else 0):
            still_open = [index for index, of_line in enumerate(looks) if is_open(of_line)]
            again = self.see([view(lines[index], turn) for index in still_open])
            for index, sight in zip(still_open, again, strict=True):
                looks[index].append(self._look(sight, decoder))
        return [decided(of_line) for of_line in looks]

    def see(self, lines: Sequence[Gray]) -> list[Sight]:
        """Return what the network answers to each of `lines`, (H, W) uint8, 0 = black, in the same order.

        Raises `ModelFileError` where it answers a class that the alphabet does not have.
        """
        prepared = [self.spec.to_input(line) for line in lines]
        sights: dict[int, Sight] = {}
        for batch in _batches([line.tensor.shape[-1] for line in prepared], LARGEST_BATCH if self._ours else 1):
            outputs = self._run(np.concatenate([prepared[index].tensor for index in batch]))
            for row, index in enumerate(batch):
                sights[index] = self._sight(prepared[index], [output[row] for output in outputs])
        return [sights[index] for index in range(len(lines))]

    def _sight(self, line: LineInput, outputs: list[NDArray[Any]]) -> Sight:
        """Return what the network's `outputs` for `line`, each (T, K or C), say."""
        if self._ours:
            classes, probabilities = (output[: line.valid_steps] for output in outputs)
            classes, probabilities = without_echo(classes, probabilities, self.spec.alphabet)
        else:
            classes, probabilities = likeliest(outputs[0][: line.valid_steps], 1)
        if classes.max(initial=0) >= len(self.spec.alphabet):
            raise ModelFileError(
                f"The alphabet lists {len(self.spec.alphabet) - 1} characters, but the network answers class "
                f"{classes.max()}; expected one class per character and one for the blank."
            )
        reading = decode_steps(classes[:, 0], probabilities[:, 0], self.spec.alphabet, line.width)
        return Sight(reading, classes, probabilities, line.width)

    def _look(self, sight: Sight, decoder: Decoder) -> Look:
        """Return what comes of `sight` once it is decoded."""
        left_out = nearly_seen(sight.classes, sight.probabilities, self.spec.alphabet)
        if decoder == "greedy" or self._language is None or not self._ours:
            return Look(sight.reading, sight.reading, confirmed=False, left_out=left_out)
        read = self._decoded(sight, self._language)
        confirmed = read.text == sight.reading.text
        return Look(sight.reading, with_latin_marks(read), confirmed, left_out)

    def _decoded(self, sight: Sight, language: LanguageModel) -> Reading:
        """Return the reading of `sight`, with the language's help where it may help."""
        reading, classes, probabilities, width = sight
        if reading.confidence < READABLE:
            return reading
        text = beam_search(classes, probabilities, self.spec.alphabet, language)
        return reading if text == reading.text else align(text, classes, probabilities, self.spec.alphabet, width)

    def _run(self, tensor: NDArray[np.float32]) -> list[NDArray[Any]]:
        """Return the network's outputs for `tensor`, (N, channels, H, W) float32, normalised."""
        return list(self._session.run(None, {self._input: tensor}))

    def _read_spec(self) -> ModelSpec:
        """Return the file's conventions; those of PP-OCR leave the numbers of steps and classes to be counted."""
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        if len(inputs) != 1 or len(inputs[0].shape) != 4:
            raise ModelFileError(f"It is no recogniser: expected one input, pictures of lines. {EXPECTED}")
        if self._ours:
            return read_spec(self.metadata)
        # a finder of lines answers pictures, and a classifier one row for each picture
        if inputs[0].shape[1] != 3 or len(outputs) != 1 or len(outputs[0].shape) not in (0, 3):
            raise ModelFileError(f"It is no recogniser: its answers are no classes for each step. {EXPECTED}")
        answer = self._tried(np.zeros((1, 3, PPOCR_HEIGHT, PPOCR_MIN_WIDTH), np.float32))[0]
        if answer.ndim != 3 or not answer.shape[1]:
            raise ModelFileError(f"It is no recogniser: its answers are no classes for each step. {EXPECTED}")
        return ppocr_spec(self.metadata, steps=answer.shape[1], classes=answer.shape[2])

    def _try_out(self) -> None:
        """Read a line of noise; raise `ModelFileError` where the network does not work as the file describes it."""
        # a hash of the place (Knuth, The Art of Computer Programming, 6.4): the image leaves numpy.random out
        places = np.arange(np.prod(WARM_UP_SHAPE), dtype=np.uint32) * np.uint32(2654435761)
        noise = (places >> 24).astype(np.uint8).reshape(WARM_UP_SHAPE)
        line = self.spec.to_input(noise)
        steps = self._tried(line.tensor)[0].shape[1]
        if self._ours and steps * self.spec.step != line.tensor.shape[-1]:
            raise ModelFileError(
                f"The model file's step={self.spec.step} pixels would be {line.tensor.shape[-1] // self.spec.step} "
                f"steps of {line.tensor.shape[-1]} pixels, but the network answers {steps}."
            )
        self.recognize([noise])

    def _tried(self, tensor: NDArray[np.float32]) -> list[NDArray[Any]]:
        """Return what `_run` does; raise `ModelFileError` where the network does not take such a `tensor`."""
        try:
            return self._run(tensor)
        except Exception as error:  # the runtime's exceptions share no base class but this one
            _, channels, height, width = tensor.shape
            raise ModelFileError(
                f"The network does not take lines of {height} x {width} pixels in {channels} channels, as "
                "its kind and its metadata ask for."
            ) from error


def _batches(widths: Sequence[int], largest: int) -> Iterator[list[int]]:
    """Yield the places of equal `widths` together, at most `largest` of them and `BATCH_PIXELS` wide in all."""
    of_width: dict[int, list[int]] = {}
    for place, width in enumerate(widths):
        of_width.setdefault(width, []).append(place)
    for width, places in of_width.items():
        size = max(1, min(largest, BATCH_PIXELS // width))
        yield from (places[start : start + size] for start in range(0, len(places), size))


def open_session(data: bytes, path: Path, intra_op_threads: int) -> onnxruntime.InferenceSession:
    """Return a session on the CPU with settings for many calling threads and a bounded memory."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = intra_op_threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only: advice to the model's author is no business of the user
    # threads that spin while they wait take the processor from the other callers
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # an arena keeps the largest buffer of every width and thread: with all widths read by 8 threads the
    # process grew by 530 MB, without it by 120 MB, in the same time per line
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's exceptions share no base class but this one
        raise ModelFileError(f"The model file {path} is not a valid ONNX model.") from error
