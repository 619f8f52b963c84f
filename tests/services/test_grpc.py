"""The gRPC service says what the two HTTP services say: the same pages, the same refusals."""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import grpc
import pytest
from fake_reader import MAX_BYTES
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_serving import connected, document_json, event_json, grpc_started, page_json, read, refusal, request
from serving import PATIENCE_S
from small_documents import BROKEN, pdf_of, tiff_of
from test_stream import events_of

from services import contract
from services.grpc_app import ocr_pb2
from services.grpc_app.statuses import CODES, number_of

ROOT = Path(__file__).parents[2]
CASES = {
    "image": (b"image", {}),
    "options": (b"image", {"threshold": "auto", "mode": "page"}),
    "words": (b"image", {"granularity": "word"}),
    "characters": (b"image", {"granularity": "char", "decoder": "greedy"}),
    "format json": (b"image", {"format": "json"}),
    "binary file": (bytes(range(256)) * 4, {}),
    "as large as allowed": (b"x" * MAX_BYTES, {}),
    "empty file": (b"", {}),
    "bad threshold": (b"image", {"threshold": "maybe"}),
    "bad granularity": (b"image", {"granularity": "page"}),
    "bad mode": (b"image", {"mode": "超"}),
    "bad format": (b"image", {"format": "docx"}),
    "not an image": (b"text", {}),
    "damaged": (b"damaged", {}),
    "too many pixels": (b"huge", {}),
    "file too large": (b"x" * (MAX_BYTES + 1), {}),
    "body too large": (b"x" * (3 * MAX_BYTES), {}),
    "model fault": (b"model", {}),
    "bug": (b"bug", {}),
}


@pytest.fixture(scope="module")
def server():
    with grpc_started(OCR_MAX_BYTES=str(MAX_BYTES), OCR_MAX_PAGES="3", OCR_THREADS="2") as server:
        yield server


@pytest.fixture(scope="module")
def stub(server):
    with connected(server.address) as stub:
        yield stub


@pytest.fixture(scope="module")
def channel(server):
    with grpc.insecure_channel(server.address) as channel:
        yield channel


@pytest.mark.parametrize("case", CASES)
def test_page_or_refusal_is_that_of_http(stub, app_client, case):
    image, options = CASES[case]
    http = app_client.post("/ocr", files={"file": ("a.png", image)}, data=options)
    if http.status_code == 200:
        assert page_json(read(stub, image, **options).page) == http.json()
        return
    with pytest.raises(grpc.RpcError) as failed:
        read(stub, image, **options)
    content = http.json()
    assert refusal(failed.value) == (CODES[http.status_code], content["code"], content["error"], None)


@pytest.mark.parametrize("name", ["text", "hocr", "alto", "tsv"])
def test_other_formats_are_those_of_http(stub, app_client, name):
    http = app_client.post("/ocr", files={"file": (None, b"image")}, data={"format": name})
    file = read(stub, b"image", format=name).file
    assert (file.media_type, file.content) == (http.headers["content-type"], http.content)


@pytest.mark.parametrize(
    ("file", "options"),
    [
        (pdf_of("one", "two"), {}),
        (pdf_of("one", "two"), {"pages": "2,1", "pdf_text": "keep", "granularity": "word"}),
        (tiff_of(3), {"pages": "3,1"}),
        (BROKEN, {"pages": "2-3"}),
    ],
)
def test_a_document_is_that_of_http(stub, app_client, file, options):
    http = app_client.post("/ocr", files={"file": (None, file)}, data=options).json()
    document = without_times(document_json(read(stub, file, **options).document))
    assert document == without_times(http)
    wanted = ocr_pb2.ReadStreamRequest(images=[file, b"image"], options={**options, "pictures": "on"})
    *events, done = (event for event in stub.ReadStream(wanted, timeout=PATIENCE_S) if event.file == 0)
    assert without_times(document_json(done.done.document)) == document
    # each page begins with how many lines it has
    assert [event.page_number for event in events if event.WhichOneof("event") == "page"] == [
        page["page"] for page in http["pages"]
    ]
    kinds = {"page", "line"} | ({"unread"} if http["unread"] else set())
    assert {event.WhichOneof("event") for event in events} == kinds  # there is none for a picture


@pytest.mark.parametrize(
    ("file", "options", "code"),
    [
        (pdf_of("one"), {"pages": "2"}, "bad_option"),
        (BROKEN, {"pages": "2"}, "unreadable_image"),
        (b"%PDF-1.7", {}, "unreadable_image"),
        (pdf_of(*"1234"), {}, "too_many_pages"),
    ],
)
def test_a_document_is_refused_as_over_http(stub, app_client, file, options, code):
    with pytest.raises(grpc.RpcError) as failed:
        read(stub, file, **options)
    assert refusal(failed.value)[1] == code
    *earlier, event = stub.ReadStream(ocr_pb2.ReadStreamRequest(images=[file], options=options), timeout=PATIENCE_S)
    assert {one.WhichOneof("event") for one in earlier} <= {"unread"}
    assert (event.error.code, event.error.error) == (code, refusal(failed.value)[2])


def test_a_document_in_another_format_names_its_unread_pages(stub, app_client):
    http = app_client.post("/ocr", files={"file": (None, BROKEN)}, data={"format": "tsv"})
    file = read(stub, BROKEN, format="tsv").file
    assert (file.content, list(file.unread_pages)) == (http.content, [2])
    events = list(stub.ReadStream(ocr_pb2.ReadStreamRequest(images=[BROKEN]), timeout=PATIENCE_S))
    (unread,) = [event.unread for event in events if event.WhichOneof("event") == "unread"]
    assert (unread.page, unread.error, unread.code) == (2, "It is damaged.", "unreadable_image")


def without_times(document):
    """Return the JSON of a document without what is never the same twice: pages are drawn for each request."""
    pages = [{**page, "timings_ms": None} for page in document["pages"]]
    return {**document, "pages": pages, "timings_ms": None}


@pytest.mark.parametrize("granularity", ["line", "char"])
def test_events_are_those_of_http(stub, app_client, granularity):
    images = [b"image", b"damaged", b"", b"bug", b"images"]
    files, data = [("file", ("a.png", image)) for image in images], {"granularity": granularity}
    with app_client.stream("POST", "/ocr/stream", files=files, data=data) as answer:
        expected = list(events_of(answer.iter_lines()))
    for name, content in expected:
        if name == "error":
            content["status"] = number_of(CODES[content["status"]])
    call = stub.ReadStream(ocr_pb2.ReadStreamRequest(images=images, options=data), timeout=PATIENCE_S)
    assert [event_json(event) for event in call] == expected


@pytest.mark.parametrize(("images", "code"), [([], "missing_file"), ([b"x"] * 101, "bad_form")])
def test_too_few_and_too_many_files(stub, images, code):
    with pytest.raises(grpc.RpcError) as failed:
        list(stub.ReadStream(ocr_pb2.ReadStreamRequest(images=images), timeout=PATIENCE_S))
    assert refusal(failed.value)[:2] == (grpc.StatusCode.INVALID_ARGUMENT, code)


def test_bytes_that_are_no_message_are_refused(channel):
    call = channel.unary_unary("/ocr_pair.v1.Ocr/Read")
    with pytest.raises(grpc.RpcError) as failed:
        call(b"\xff\xff\xff", timeout=PATIENCE_S)
    assert refusal(failed.value)[:3] == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "bad_form",
        "The message is no ocr_pair.v1.ReadRequest.",
    )


def test_a_call_without_a_message_is_refused(channel):
    with pytest.raises(grpc.RpcError) as failed:
        channel.stream_unary("/ocr_pair.v1.Ocr/Read")(iter(()), timeout=PATIENCE_S)
    assert refusal(failed.value)[:2] == (grpc.StatusCode.INVALID_ARGUMENT, "missing_file")


def test_beyond_twice_the_limit_nothing_is_received(stub):
    with pytest.raises(grpc.RpcError, match="Received message larger than max") as failed:
        read(stub, b"x" * (5 * MAX_BYTES))
    assert failed.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_compressed_messages_are_refused_before_they_unfold(stub):
    with pytest.raises(grpc.RpcError) as failed:
        stub.Read(request(b"x" * MAX_BYTES), timeout=PATIENCE_S, compression=grpc.Compression.Gzip)
    assert failed.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_metadata_tells_what_the_headers_of_http_tell(stub, app_client):
    sent = {"x-request-id": "mine-7"}
    http = app_client.post("/ocr", files={"file": ("a.png", b"image")}, headers=sent).headers
    _, call = stub.Read.with_call(request(b"image"), timeout=PATIENCE_S, metadata=tuple(sent.items()))
    told = dict(call.trailing_metadata())
    assert (told["x-request-id"], told["x-cache"]) == (http["x-request-id"], http["x-cache"]) == ("mine-7", "miss")
    stages = ["queue", "decode", "detect", "recognize", "encode", "total"]
    assert [part.partition(";")[0] for part in told["server-timing"].split(", ")] == stages


def test_health_and_what_there_is_to_call(channel):
    health = health_pb2_grpc.HealthStub(channel)
    for name in ("", "ocr_pair.v1.Ocr"):
        assert health.Check(health_pb2.HealthCheckRequest(service=name)).status == 1
    with pytest.raises(grpc.RpcError) as failed:
        health.Check(health_pb2.HealthCheckRequest(service="other"))
    assert failed.value.code() is grpc.StatusCode.NOT_FOUND
    described = ProtoReflectionDescriptorDatabase(channel)
    assert {"ocr_pair.v1.Ocr", "grpc.health.v1.Health"} <= set(described.get_services())
    file = described.FindFileContainingSymbol("ocr_pair.v1.Ocr")
    assert {method.name: method.client_streaming for method in file.service[0].method} == {
        "Read": False,
        "ReadStream": False,
    }


def test_form_fields_and_options_are_the_same():
    names = [*ocr_pb2.Options.DESCRIPTOR.fields_by_name, "format"]
    assert set(names) >= set(contract.OPTION_FIELDS)


def test_every_status_has_a_code():
    assert set(CODES) >= {*contract.STATUS.values(), 408}


def test_generated_code_is_what_the_compiler_makes(tmp_path):
    outputs = [f"--{kind}={tmp_path}" for kind in ("python_out", "pyi_out", "grpc_python_out")]
    source = "services/grpc_app/ocr.proto"
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", "-I.", *outputs, source], cwd=ROOT, check=True)
    made = sorted((tmp_path / "services/grpc_app").iterdir())
    assert [path.name for path in made] == ["ocr_pb2.py", "ocr_pb2.pyi", "ocr_pb2_grpc.py"]
    for path in made:
        assert path.read_text() == (ROOT / "services/grpc_app" / path.name).read_text(), path.name


@pytest.mark.parametrize("path", ["/healthz", "/readyz?verbose", "/nothing"])
def test_second_port_answers_as_http_does(server, app_client, path):
    import httpx

    with ExitStack() as stack:
        probes = stack.enter_context(httpx.Client(base_url=server.probes, trust_env=False))
        one, other = probes.get(path), app_client.get(path)
        assert (one.status_code, one.content) == (other.status_code, other.content)
        assert probes.head(path).content == b""
