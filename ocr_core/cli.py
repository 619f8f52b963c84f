"""The command line: `ocr FILE...` reads pictures; `ocr bulk`, `serve`, `doctor` and `models` are beside it."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args

import click
from click.shell_completion import CompletionItem

from ocr_core.bulk.bulk_command import bulk
from ocr_core.errors import OcrError, ServiceError
from ocr_core.formats import FormatName
from ocr_core.page_choice import PageChoice, PdfText
from ocr_core.read_command import EXIT_BAD_INPUT, EXIT_READ, EXIT_UNABLE, EXIT_USAGE, OutputError, ReadCommand
from ocr_core.types import Decoder, Granularity, Mode, PageReader, ReadOptions, Threshold

EXIT_INTERRUPTED = 130  # as shells have it for SIGINT

_EPILOG = f"""\
\b
exit code: {EXIT_READ} every picture was read, {EXIT_BAD_INPUT} some could not be read (the others still are),
{EXIT_USAGE} wrong usage, {EXIT_UNABLE} a model or the output fails, {EXIT_INTERRUPTED} interrupted.
Warnings and errors go to stderr, so that stdout holds nothing but results.

\b
Further commands, each with its --help: ocr bulk, ocr serve, ocr doctor, ocr models.
A file that is called like a command is read as ./serve. Shell completion: docs/cli.md.
"""


def main(argv: Sequence[str] | None = None, reader: PageReader | None = None) -> int:
    """Return the exit code of the command that `argv` asks for.

    Args:
        argv: the arguments without the program's name; `sys.argv` if None.
        reader: reads the pictures; the shipped model is loaded if None.
    """
    try:
        code = int(app.main(argv, "ocr", standalone_mode=False, obj=reader) or EXIT_READ)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except click.Abort:
        code = EXIT_INTERRUPTED
    except ServiceError as error:
        click.echo(f"ocr: {error}", err=True)
        code = EXIT_UNABLE
    return code


class PathsOrCommand(click.Group):
    """Commands of which `read` needs not be named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Return what is left of `args` once the command is told."""
        completing = ctx.resilient_parsing and not args
        if not completing and (not args or args[0] not in self.commands):
            args = ["read", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return what may come first: a command, an option of `read`, a file."""
        options = read.shell_complete(click.Context(read), incomplete)
        return [*super().shell_complete(ctx, incomplete), *options, CompletionItem(incomplete, type="file")]


@click.group(cls=PathsOrCommand)
def app() -> None:
    """Read the text of pictures, or serve the reading of them."""


def _choice(flag: str, kind: object, default: str, text: str) -> Callable[[Any], Any]:
    """Return the option `flag` that takes one of the values of `kind`."""
    return click.option(flag, type=click.Choice(get_args(kind)), default=default, show_default=True, help=text)


@app.command(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ocr-pair", prog_name="ocr")
@click.argument("file", nargs=-1, required=True, type=click.Path(allow_dash=True))
@click.option(
    "-f",
    "--format",
    "format_name",
    type=click.Choice(get_args(FormatName)),
    default="text",
    show_default=True,
    help="what to write; several pictures go to stdout as text or json only",
)
@click.option("--json", is_flag=True, help="the same as --format json: one object a line for each picture")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="write each result into this folder; what is there and not older than its picture is left as it is",
)
@click.option("-r", "--recursive", is_flag=True, help="read the folders in a folder too")
@click.option("-j", "--jobs", type=click.IntRange(1, 64), help="pictures read at once  [default: the CPUs]")
@click.option("--overwrite", is_flag=True, help="with --output: read again what was read before")
@_choice("--mode", Mode, ReadOptions().mode, "line: the picture is one line of text; page: look for lines")
@_choice("--threshold", Threshold, ReadOptions().threshold, "black on white before reading; auto: on uneven light")
@_choice("--granularity", Granularity, ReadOptions().granularity, "for json: add the places of words, characters")
@click.option("--pages", default="", help="of a PDF, TIFF or animation: 1-3,7 or all  [default: all of a PDF]")
@_choice("--pdf-text", PdfText, PageChoice().pdf_text, "keep: take the text that a PDF carries as it is")
@_choice("--decoder", Decoder, ReadOptions().decoder, "beam: weigh what is seen with how likely it is as text")
@click.option(
    "--recognizer",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="OCR_RECOGNIZER",
    help="another model file, ours or of PP-OCR  [default: OCR_RECOGNIZER, or the shipped one]",
)
@click.pass_obj
def read(
    reader: PageReader | None,
    file: tuple[str, ...],
    format_name: FormatName,
    json: bool,
    output: Path | None,
    recursive: bool,
    jobs: int | None,
    overwrite: bool,
    mode: Mode,
    threshold: Threshold,
    granularity: Granularity,
    decoder: Decoder,
    pages: str,
    pdf_text: PdfText,
    recognizer: Path | None,
) -> int:
    """Read the Chinese and English text of pictures, in reading order.

    FILE is a JPEG, PNG, WebP, BMP, TIFF, GIF or PDF file, or a folder of such, or - for stdin.
    """
    options = ReadOptions(threshold, mode, granularity, decoder)
    try:
        choice = PageChoice(pages, pdf_text)
        command = ReadCommand("json" if json else format_name, options, choice, output, jobs, overwrite, recognizer)
        code = command.run(file, recursive, reader)
        sys.stdout.flush()
        return code
    except OSError as error:
        # the interpreter must not fail once more on its last flush
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):  # `ocr ... | head` has seen enough
            return EXIT_READ
        raise OutputError(f"{error.filename or 'stdout'}: {error.strerror or error}.") from error
    except OcrError as error:
        if isinstance(error, ServiceError):
            raise
        raise click.UsageError(str(error)) from error


@app.command()
@click.argument("service", type=click.Choice(["flask", "fastapi", "grpc"]))
@click.option("--host", help="address to listen on  [default: HOST, or 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), help="port to listen on  [default: PORT, or 8000]")
@click.option(
    "--workers", type=click.IntRange(1), help="processes, each with a model  [default: OCR_WORKERS, or 1]"
)
@click.option("--threads", type=click.IntRange(1), help="readings at once in a worker  [default: OCR_THREADS]")
def serve(service: str, **flags: object) -> None:
    """Serve the page and the HTTP API, or gRPC, until a signal ends it.

    All settings are environment variables, in docs/deployment.md; the flags here set some of them.
    """
    names = {"host": "HOST", "port": "PORT", "workers": "OCR_WORKERS", "threads": "OCR_THREADS"}
    settings = [f"{names[flag]}={value}" for flag, value in flags.items() if value is not None]
    # env(1) adds to the environment, and its process becomes that of the service, which then gets the signals
    os.execvp("env", ["env", *settings, sys.executable, "-m", f"services.{service}_app"])


@app.command()
def doctor() -> int:
    """Tell versions, processor, models, and how long a reading takes; exit code 1 if something is wrong."""
    from ocr_core.doctor import findings  # it loads the runtime

    good = True
    for finding in findings():
        click.echo(f"{'' if finding.good else '! '}{finding.name:24}{finding.value}")
        good &= finding.good
    return EXIT_READ if good else EXIT_BAD_INPUT


@app.command()
def models() -> int:
    """List the models of the package and verify their bytes; exit code 1 if one is missing or damaged."""
    from ocr_core.doctor import shipped_models

    shipped = shipped_models()
    for model in shipped:
        state = "ok     " if model.intact else "DAMAGED"
        click.echo(f"{state}  {model.sha256[:12]}  {model.size / 1e6:5.1f} MB  {model.name:22}  {model.role}")
    return EXIT_READ if all(model.intact for model in shipped) else EXIT_BAD_INPUT


app.add_command(bulk)
