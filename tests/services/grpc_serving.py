"""Starts the gRPC service around the fake reader, and turns its messages back into what HTTP says."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status
from serving import PATIENCE_S, free_port, holding, let_go, metric, stop

from services.grpc_app import ocr_pb2, ocr_pb2_grpc

FRESH = (("cache-control", "no-store"),)
"""Asks for a reading of its own, past the cache."""

IN_FLIGHT = "ocr_requests_in_flight"
OPTIONS = ("threshold", "mode", "granularity", "decoder", "pages", "pdf_text")


class Server:
    """A running service."""

    def __init__(self, process, port, metrics_port):
        self.process, self.address = process, f"127.0.0.1:{port}"
        self.probes = f"http://127.0.0.1:{metrics_port}"

    def metric(self, line):
        """Return the value of a sample, given with its labels; None if there is none."""
        return metric(self.probes, line)

    def readable(self):
        """Wait until the service says that it reads."""
        line = self.process.stdout.readline()
        assert self.address in line, line


@contextmanager
def grpc_started(stderr=subprocess.DEVNULL, ready=True, canary_is_held=False, **environment):
    """Yield the service on free ports, ready or at least started; it is stopped at the end.

    With `canary_is_held` it is not ready until `let_go`.
    """
    port, metrics_port = free_port(), free_port()
    ports = {"HOST": "127.0.0.1", "PORT": str(port), "OCR_METRICS_PORT": str(metrics_port)}
    with holding(f"127.0.0.1:{port}", canary_is_held) as hold:
        process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("fake_reader.py"), "grpc"],
            env={**os.environ, **ports, **hold, **environment},
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
        with process:
            try:
                server = Server(process, port, metrics_port)
                if ready:
                    server.readable()
                yield server
            finally:
                let_go(server.address)
                stop(process)


@contextmanager
def connected(address, credentials=None, **options):
    """Yield a stub over a connection of its own: calls of a process would share one."""
    settings = [("grpc.use_local_subchannel_pool", 1), *options.items()]
    if credentials is None:
        channel = grpc.insecure_channel(address, settings)
    else:
        channel = grpc.secure_channel(address, credentials, settings)
    with channel:
        yield ocr_pb2_grpc.OcrStub(channel)


def request(image, **fields):
    """Return a request to read `image` with the fields of a form."""
    options = {name: fields[name] for name in OPTIONS if name in fields}
    return ocr_pb2.ReadRequest(image=image, options=options, format=fields.get("format", ""))


def read(stub, image, fresh=False, key=None, **fields):
    """Return the response to a call of Read."""
    metadata = [*([("cache-control", "no-store")] if fresh else []), *([("x-api-key", key)] if key else [])]
    return stub.Read(request(image, **fields), timeout=PATIENCE_S, metadata=metadata)


def refusal(call):
    """Return (status code, identifier, sentence, seconds until a retry or None) of a call that has failed."""
    status = rpc_status.from_call(call)
    info, retry = ErrorInfo(), None
    for detail in status.details:
        if detail.Is(RetryInfo.DESCRIPTOR):
            retry = RetryInfo()
            detail.Unpack(retry)
        else:
            assert detail.Unpack(info)
    assert info.domain == "ocr-pair"
    return call.code(), info.reason.lower(), status.message, retry and retry.retry_delay.seconds


def page_json(page):
    """Return a page as POST /ocr has it."""
    return {
        "text": page.text,
        "results": [line_json(line) for line in page.results],
        "image": {"width": page.image.width, "height": page.image.height},
        "model": page.model,
        "timings_ms": _timings_json(page.timings_ms),
        "warnings": list(page.warnings),
        **({"warning_details": details} if (details := list(map(_detail_json, page.warning_details))) else {}),
    }


def _detail_json(detail):
    return {"code": detail.code, "values": list(detail.values)}


def document_json(document):
    """Return a document as POST /ocr has it."""
    return {
        "text": document.text,
        "pages": [{"page": page.number, **page_json(page)} for page in document.pages],
        "unread": [{"page": page.page, "error": page.error, "code": page.code} for page in document.unread],
        "page_count": document.page_count,
        "model": document.model,
        "timings_ms": _timings_json(document.timings_ms),
        "warnings": list(document.warnings),
    }


def _timings_json(timings):
    return {stage: getattr(timings, stage) for stage in ("decode", "detect", "recognize", "total")}


def line_json(line):
    """Return a line as POST /ocr has it."""
    found = {"text": line.text, **_place_json(line.place), "confidence": line.confidence}
    for kind in ("words", "characters"):
        if spans := getattr(line, kind):
            found[kind] = [
                {"text": span.text, "start": span.start, **_place_json(span.place), "confidence": span.confidence}
                for span in spans
            ]
    return found


def _place_json(place):
    corners = list(place.polygon)
    return {
        "bbox": list(place.bbox),
        "polygon": [corners[index : index + 2] for index in range(0, len(corners), 2)],
    }


def event_json(event):
    """Return (event, data) as POST /ocr/stream has them; a status is that of gRPC."""
    name, place = event.WhichOneof("event"), {"file": event.file, "files": event.files}
    content = getattr(event, name)
    if name == "page":
        size = {"width": content.image.width, "height": content.image.height}
        return name, {**place, "image": size, "lines": content.lines}
    if name == "line":
        return name, {**place, **line_json(content)}
    if name == "done":
        return name, {**place, "result": page_json(content.page)}
    return name, {**place, "status": content.status, "code": content.code, "error": content.error}


def log_of(process):
    """Return the lines of JSON that a process has logged until its end."""
    return [json.loads(line) for line in process.stderr.read().splitlines()]


def begun(stub, image=b"held", timeout=PATIENCE_S):
    """Return the call that has asked for a reading of its own."""
    return stub.Read.future(request(image), metadata=FRESH, timeout=timeout)


def health_of(channel):
    """Return what the service says of itself."""
    return health_pb2_grpc.HealthStub(channel).Check(
        health_pb2.HealthCheckRequest(), wait_for_ready=True, timeout=PATIENCE_S
    )


def refused(call, *arguments, **options):
    """Return how the service refuses the call, as `refusal` tells it."""
    with pytest.raises(grpc.RpcError) as failed:
        call(*arguments, **options)
    return refusal(failed.value)
