"""`ocr bulk SOURCE TARGET`: archives of any size, on one machine or on a Ray cluster."""

import signal
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from functools import partial
from typing import TYPE_CHECKING, Any, cast, get_args

import click

from ocr_core.errors import BadOption
from ocr_core.read_command import EXIT_BAD_INPUT, EXIT_READ, OutputError
from ocr_core.types import Decoder, Granularity, Mode, ReadOptions, Threshold

if TYPE_CHECKING:
    from ocr_core.bulk.batch_reader import Plan
    from ocr_core.bulk.bulk_job import Engine

FORMS = ("parquet", "jsonl", "text", "json", "hocr", "alto", "tsv", "pdf", "png")


def _choice(flag: str, kind: object, default: str, text: str) -> Callable[[Any], Any]:
    return click.option(flag, type=click.Choice(get_args(kind)), default=default, show_default=True, help=text)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("source")
@click.argument("target")
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(FORMS),
    default="parquet",
    show_default=True,
    help="parquet, jsonl: a table of all; the others: a file for each input",
)
@click.option("--engine", type=click.Choice(["local", "ray"]), default="local", show_default=True)
@click.option("--address", default="auto", show_default=True, help="of the Ray cluster")
@click.option("-j", "--workers", type=click.IntRange(1), help="processes of --engine local  [default: the CPUs]")
@click.option(
    "--shard", type=click.IntRange(1), default=256, show_default=True, help="inputs in a part of the table"
)
@click.option("--timeout", type=click.FloatRange(1), default=120.0, show_default=True, help="seconds for one input")
@click.option("--column", help="of tables: paths or bytes  [default: bytes, image, path, file, url]")
@click.option("--retry-failures", is_flag=True, help="read again what failed in an earlier run")
@_choice("--mode", Mode, ReadOptions().mode, "line: each picture is one line of text; page: look for lines")
@_choice("--threshold", Threshold, ReadOptions().threshold, "black on white before reading; auto: on uneven light")
@_choice("--granularity", Granularity, ReadOptions().granularity, "add the places of words, characters")
@_choice("--decoder", Decoder, ReadOptions().decoder, "beam: weigh what is seen with how likely it is as text")
def bulk(
    source: str,
    target: str,
    form: str,
    engine: str,
    address: str,
    workers: int | None,
    shard: int,
    timeout: float,
    column: str | None,
    retry_failures: bool,
    **options: str,
) -> int:
    """Read very many pictures of SOURCE into the folder TARGET, and go on there if it was broken off.

    SOURCE is a folder, a glob in quotes, a picture, PDF, tar, zip, Parquet or JSON-lines file, by its path or any
    address of fsspec, such as s3://bucket/scans. TARGET gets results/ and failures.tsv; docs/scale.md tells more.
    """
    try:
        from ocr_core.bulk.batch_reader import Plan
        from ocr_core.bulk.bulk_job import BulkJob
        from ocr_core.bulk.progress import Bar
        from ocr_core.bulk.sources import count_inputs, inputs
        from ocr_core.bulk.target import Target
    except ModuleNotFoundError as error:
        raise click.UsageError(f"The package {error.name} is missing: pip install 'ocr-pair[bulk]'.") from error
    plan = Plan(cast(Any, form), ReadOptions(**cast(Any, options)), timeout)
    try:
        found = inputs(source, column, target)
        kept = Target(target, source, plan, shard)
        with closing(kept), Bar(partial(count_inputs, source, column, target)) as bar:
            job = BulkJob(found, kept, shard, bar, retry_failures)
            job.run(partial(_start, engine, plan, address, workers))
    except BadOption as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        raise OutputError(f"{error.filename or target}: {error.strerror or error}.") from error
    if not bar.read + bar.failed:
        raise click.UsageError(f"{source} holds nothing that is read.")
    click.echo(f"{bar.read} read, {bar.failed} failed, {bar.before} of them in an earlier run; {target}", err=True)
    if len(job.models) > 1:
        names = ", ".join(sorted(job.models))
        click.echo(f"ocr: the processors differ, and so the models that read: {names}", err=True)
    return EXIT_BAD_INPUT if bar.failed else EXIT_READ


def _start(engine: str, plan: "Plan", address: str, workers: int | None) -> AbstractContextManager["Engine"]:
    """Return the processes that read."""
    from ocr_core.bulk.batch_reader import BatchReader
    from ocr_core.bulk.local_pool import LocalPool
    from ocr_core.bulk.ray_tasks import RayTasks
    from ocr_core.sizing import find_cpus

    started: AbstractContextManager[Engine]
    if engine == "ray":
        started = RayTasks(plan, address)
    else:
        # a process for each CPU with one thread each: threads of one process would wait for Python's lock
        started = LocalPool(partial(BatchReader, plan), workers or find_cpus().usable)
    # as after Ctrl-C, what is done is written down; Ray has set an action of its own
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return started
