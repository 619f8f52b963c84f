"""Rows of results <-> the bytes of a Parquet or JSON-lines file; the same rows give the same bytes."""

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyarrow import Schema

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """One way to write rows down."""

    suffix: str
    encode: Callable[[Sequence[Row]], bytes]
    decode: Callable[[bytes], list[Row]]


def _json_lines(rows: Sequence[Row]) -> bytes:
    lines = (json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":")) for row in rows)
    return "".join(f"{line}\n" for line in lines).encode(errors="replace")


def _of_json_lines(data: bytes) -> list[Row]:
    return [json.loads(line) for line in data.decode().split("\n") if line]


def _parquet(rows: Sequence[Row]) -> bytes:
    import pyarrow
    from pyarrow import parquet

    sink = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(list(rows), schema=_schema()), sink, compression="zstd")
    return sink.getvalue()


def _of_parquet(data: bytes) -> list[Row]:
    """Return the rows of a file; lines without words have no entry for them, as when they were written."""
    from pyarrow import parquet

    rows: list[Row] = parquet.read_table(io.BytesIO(data)).to_pylist()
    for row in rows:
        row["results"] = [
            {name: said for name, said in line.items() if said is not None} for line in row["results"]
        ]
    return rows


@cache
def _schema() -> "Schema":
    """Return the columns, the same for every shard, whatever is in it."""
    import pyarrow as pa

    place = [("bbox", pa.list_(pa.int32())), ("polygon", pa.list_(pa.list_(pa.int32())))]
    span = pa.struct([("text", pa.string()), ("start", pa.int32()), *place, ("confidence", pa.float64())])
    line = pa.struct(
        [
            ("text", pa.string()),
            *place,
            ("confidence", pa.float64()),
            ("words", pa.list_(span)),
            ("characters", pa.list_(span)),
        ]
    )
    return pa.schema(
        [
            ("input", pa.string()),
            ("name", pa.string()),
            ("text", pa.string()),
            ("results", pa.list_(line)),
            ("image", pa.struct([("width", pa.int32()), ("height", pa.int32())])),
            ("model", pa.string()),
            ("warnings", pa.list_(pa.string())),
        ]
    )


TABULAR = {
    "parquet": Table(".parquet", _parquet, _of_parquet),
    "jsonl": Table(".jsonl", _json_lines, _of_json_lines),
}
"""By the names under which people ask for them."""
