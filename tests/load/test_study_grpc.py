"""The gRPC service as an arm of the study: a short run of it, and what its user makes of wrong answers."""

import importlib.util
import itertools
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest

# looked for, not imported: Locust would replace the standard library's sockets in this process
if any(importlib.util.find_spec(name) is None for name in ("locust", "psutil", "grpc", "grpc_reflection")):
    pytest.skip("the extra `study` is not installed", allow_module_level=True)

import grpc
import psutil
from grpc_reflection.v1alpha import reflection

from locustfiles.grpc_caller import READ, asking
from locustfiles.samples import draw_samples
from locustfiles.stages import steps
from locustfiles.study import loads
from locustfiles.study.arms import ARMS, GRPC
from locustfiles.study.run import Place, run
from locustfiles.study.scenarios import chosen
from locustfiles.verification import VerificationError
from services.grpc_app import ocr_pb2

SECONDS = (1.0, 5.0, 30.0)
"""Of load: on a busy machine little may be answered in a short one."""

SAMPLE = draw_samples()[2]
TEXT, OTHER = "right", "another"


def short(users, seconds):
    """Return the scenario with one short stage and a model that takes no time."""
    (scenario,) = chosen(["grpc"], [GRPC], repeats=1)
    return replace(
        scenario, model="nothing", stages=tuple(steps((users,), seconds, 0.0)), warm_up=0.0, stop_timeout=5
    )


def test_a_run_of_the_grpc_service_leaves_a_record_like_any_other():
    cpus = psutil.Process().cpu_affinity()
    if len(cpus) < 2:
        pytest.skip("the study needs two CPUs")
    for seconds in SECONDS:
        record = run(short(users=3, seconds=seconds), ARMS[GRPC], 1, Place(*cpus[:2]))
        (level,) = record.levels
        if level.answered and level.health:
            break
    assert level.answered > 0
    assert level.errors == {}
    assert len(level.samples) == level.answered
    assert level.memory > 10
    assert level.health
    assert min(level.health) > 0, "GET /healthz failed on the second port"
    assert record.first_ms > 0
    assert record.machine["versions"]["grpcio"] == grpc.__version__


@contextmanager
def answering(answer):
    """Yield the address of a gRPC service whose Read returns what `answer(context)` returns, bytes."""
    server = grpc.server(ThreadPoolExecutor(4))
    _, service, method = READ.split("/")
    handler = grpc.unary_unary_rpc_method_handler(lambda _, context: answer(context))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {method: handler}),))
    reflection.enable_server_reflection((service,), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


def page(text):
    return ocr_pb2.ReadResponse(page=ocr_pb2.Page(text=text)).SerializeToString()


def test_status_and_text_of_every_answer_are_checked(tmp_path):
    calls = itertools.count()

    def answer(context):
        number = next(calls) % 4
        if number == 3:
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "The queue is full.")
        return (page(TEXT), page(OTHER), b"\xff")[number]

    with answering(answer) as host:
        cpu = psutil.Process().cpu_affinity()[-1]
        for seconds in SECONDS:
            scenario = short(users=2, seconds=seconds)
            watches = loads.watches_of("", None)
            job = loads.Job(scenario, scenario.stages, host, SAMPLE, cpu, tmp_path, watches, grpc=True)
            (level,) = loads.locust(job, TEXT)
            if level.answered and len(level.errors) == 3:
                break
    assert level.answered > 0
    assert set(level.errors) == {
        f"wrong text: {OTHER!r} instead of {TEXT!r}",
        "the answer is no message with a text",
        "status RESOURCE_EXHAUSTED",
    }


def test_a_service_that_refuses_is_told_before_the_load():
    def refuse(context):
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "This is no image.")

    said = r"line-3\.png was not answered: INVALID_ARGUMENT, This is no image\."
    with pytest.raises(VerificationError, match=said), answering(refuse) as host, asking(host, SAMPLE) as ask:
        ask()
