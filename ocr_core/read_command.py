"""What `ocr FILE...` does: pictures in, results to stdout or into a folder, the rest said on stderr."""

import errno
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import click

from ocr_core.batch import (
    FAILURES,
    STDIN,
    Failure,
    FailureTable,
    Picture,
    in_order,
    is_done,
    pictures,
    targets,
    write_whole,
)
from ocr_core.document_result import unread_of
from ocr_core.errors import BadOption, OcrError, UnreadableImage
from ocr_core.formats import FORMATS, FormatName
from ocr_core.page_choice import MAX_PAGES, PageChoice
from ocr_core.sizing import find_cpus
from ocr_core.types import PageReader, ReadOptions

EXIT_READ = 0
EXIT_BAD_INPUT = 1
EXIT_USAGE = 2  # as click has it
EXIT_UNABLE = 3

TOGETHER = ("text", "json")
"""Formats of which several may follow each other on stdout."""

BINARY = ("pdf", "png")
"""Formats that no terminal shows, and to whose end no line break belongs."""


class OutputError(click.ClickException):
    """A result could not be written."""

    exit_code = EXIT_UNABLE


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one picture."""

    content: bytes = b""
    warnings: tuple[str, ...] = ()

    failure: Failure | None = None
    """Why the picture could not be read."""

    unread: tuple[Failure, ...] = ()
    """Why pages of it could not be read, while others could; the `warnings` tell it too."""

    @property
    def failures(self) -> tuple[Failure, ...]:
        """All that could not be read."""
        return (self.failure,) if self.failure else self.unread


@dataclass(frozen=True, slots=True)
class ReadCommand:
    """The options of one run."""

    format_name: FormatName
    options: ReadOptions
    choice: PageChoice
    output: Path | None
    """Folder of results; None for stdout."""

    jobs: int | None
    """Pictures read at once; None for as many as there are CPUs."""

    overwrite: bool

    recognizer: Path | None = None
    """Model file; None for the shipped one."""

    def run(self, names: Sequence[str], recursive: bool, reader: PageReader | None) -> int:
        """Return the exit code after reading the pictures that `names` stand for.

        Raises `BadOption` for wrong usage, `ServiceError` where a model fails, `OutputError` where the output does.
        """
        found = pictures(names, recursive)
        if self.output is None:
            return self._to_stdout(found, reader)
        return self._to_folder(found, self.output, reader)

    def _to_stdout(self, found: Sequence[Picture], reader: PageReader | None) -> int:
        if sys.stdout is None:
            raise OutputError("stdout is closed; name a folder: --output DIR.")
        if len(found) > 1 and self.format_name not in TOGETHER:
            raise BadOption(
                f"Several pictures do not go to stdout as {self.format_name}; name a folder: --output DIR."
            )
        if self.format_name in BINARY and sys.stdout.isatty():
            kind = self.format_name.upper()
            raise BadOption(f"A {kind} is nothing for a terminal; name a folder, --output DIR, or redirect stdout.")
        code = EXIT_READ
        for index, (picture, outcome) in enumerate(self._outcomes(found, reader)):
            self._say(picture, outcome)
            if outcome.failures:
                code = EXIT_BAD_INPUT
            if outcome.failure:
                continue
            if len(found) > 1 and self.format_name == "text":  # headed in the manner of tail(1)
                click.echo(f"{chr(10) * (index > 0)}==> {click.format_filename(picture.source)} <==")
            click.echo(outcome.content, nl=not outcome.content.endswith(b"\n") and self.format_name not in BINARY)
        return code

    def _to_folder(self, found: Sequence[Picture], folder: Path, reader: PageReader | None) -> int:
        places = targets(found, folder, FORMATS[self.format_name].suffix)
        wanted = [p for p, target in places.items() if self.overwrite or not is_done(p, target)]
        failed = 0
        held: list[tuple[Picture, Outcome]] = []
        try:
            table = FailureTable(folder, wanted)
            with self._bar(len(wanted)) as bar:
                for picture, outcome in self._outcomes(wanted, reader):
                    outcome = _written(picture, outcome, places[picture])
                    failed += bool(outcome.failures)
                    for failure in outcome.failures:
                        table.add(failure)
                    if bar:
                        bar.update(1)
                        held.append((picture, replace(outcome, content=b"")))
                    else:
                        self._say(picture, outcome)
        except OSError as error:
            raise OutputError(f"{error.filename or folder}: {error.strerror or error}.") from error
        finally:
            for picture, outcome in held:  # between the steps of the bar they would tear it apart
                self._say(picture, outcome)
        if sys.stderr.isatty():
            summary = f"{len(wanted) - failed} read, {len(places) - len(wanted)} done before, {failed} failed"
            click.echo(summary + f"; see {folder / FAILURES}" * (failed > 0), err=True)
        return EXIT_BAD_INPUT if failed else EXIT_READ

    def _outcomes(self, found: Sequence[Picture], reader: PageReader | None) -> Iterator[tuple[Picture, Outcome]]:
        """Yield each picture with what became of it, in their order."""
        if not found:
            return
        if reader is None:
            from ocr_core.pipeline import load_pipeline  # --help and usage errors need no model

            reader = load_pipeline(self.recognizer)
        ready = reader
        yield from in_order(lambda picture: self._read(picture, ready), found, self.jobs or find_cpus().usable)

    def _read(self, picture: Picture, reader: PageReader) -> Outcome:
        """Return what became of `picture`; runs in a thread. A picture that fails does not end the others."""
        from ocr_core.document import opened, read_document  # they load OpenCV, as `load_pipeline` does

        chosen = FORMATS[self.format_name]
        options, most = chosen.options(self.options), 1 if chosen.one_page else MAX_PAGES
        try:
            with opened(_bytes(picture.source), self.choice) as source:
                result = read_document(reader, source, options, self.choice, max_pages=most)
                content = chosen.write(result, source.image, picture.source)
                unread = (
                    Failure(picture.source, page.error.code, f"Page {page.number}: {page.error}")
                    for page in unread_of(result)
                )
                return Outcome(content, result.warnings, unread=tuple(unread))
        except OcrError as error:
            return Outcome(failure=Failure(picture.source, error.code, str(error)))
        except ModuleNotFoundError as error:
            raise OutputError(
                f"--format {self.format_name} needs the package {error.name}: pip install 'ocr-pair[pdf]'."
            ) from error
        except Exception as error:
            sentence = f"Something went wrong on our side ({type(error).__name__}: {error}); please report it."
            return Outcome(failure=Failure(picture.source, "internal_error", sentence))

    def _say(self, picture: Picture, outcome: Outcome) -> None:
        """Print the warnings or the error of a picture on stderr."""
        name = click.format_filename(picture.source)
        for warning in outcome.warnings:
            click.echo(f"ocr: {name}: warning: {warning}", err=True)
        if outcome.failure:
            click.echo(f"ocr: {name}: {outcome.failure.sentence}", err=True)

    def _bar(self, length: int):  # type: ignore[no-untyped-def]  # noqa: ANN202 click keeps its bar's type to itself
        """Return a progress bar on a terminal, None elsewhere, as a context."""
        if not sys.stderr.isatty():
            return nullcontext()
        return click.progressbar(length=length, label="reading", show_pos=True, file=sys.stderr)


def _written(picture: Picture, outcome: Outcome, target: Path) -> Outcome:
    """Return `outcome` once its content is in `target`; a failure where `target` is longer than names can be."""
    if outcome.failure:
        return outcome
    try:
        write_whole(target, outcome.content)
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        sentence = "Its name is too long: the name of its result has an ending more."
        return Outcome(failure=Failure(picture.source, "name_too_long", sentence))
    return outcome


def _bytes(name: str) -> bytes:
    """Return the content of a file or of stdin; raise `UnreadableImage` with the system's own reason."""
    if name == STDIN and sys.stdin is None:
        raise UnreadableImage("stdin is closed.")
    try:
        return sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
    except OSError as error:
        raise UnreadableImage(f"{error.strerror or error}.") from error
