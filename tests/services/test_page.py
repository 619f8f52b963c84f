"""The page in a real browser, against both services."""

import json
from importlib.resources import files
from typing import get_args

import cv2
import numpy as np
import pytest
from serving import running

from ocr_core.note import NoteCode
from services.openapi import DOCUMENT

chromium = pytest.importorskip("chromium")
pytestmark = pytest.mark.skipif(chromium.PROGRAM is None, reason="no Chromium is installed")

READ = "总计 12.50 off auto 5"
SHOWN = "document.querySelectorAll('#text .line').length > 0"
TEXT = "[...document.querySelectorAll('#text .line')].map((line) => line.textContent).join('|')"
STATES = "[...document.querySelectorAll('.item-state')].map((state) => state.textContent)"
ERRORS = "[...document.querySelectorAll('.item-error:not([hidden])')].map((error) => error.textContent)"
ACTIONS = "[...document.querySelectorAll('.item button:not([hidden])')].map((one) => one.ariaLabel).filter(Boolean)"

RECEIPT = {
    "text": "Tea\t4.50\n\nThank <b>you</b>",
    "results": [
        {"text": "Tea", "polygon": [[0, 0], [40, 0], [40, 20], [0, 20]], "confidence": 0.97},
        {
            "text": "4.50",
            "polygon": [[60, 0], [99, 0], [99, 20], [60, 20]],
            "confidence": 0.6,
            "characters": [{"text": "5", "start": 2, "confidence": 0.31}],
        },
        {"text": "Thank <b>you</b>", "polygon": [[0, 60], [99, 60], [99, 80], [0, 80]], "confidence": 0.97},
    ],
    "image": {"width": 100, "height": 100},
    "model": "crnn-1",
    "timings_ms": {"decode": 1, "detect": 2, "recognize": 1300, "total": 1303},
    "warnings": [],
}

PICTURE = cv2.imencode(".png", np.full((100, 100), 255, np.uint8))[1].tobytes()
STREAM = f"event: done\ndata: {json.dumps({'result': RECEIPT})}\n\n"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with chromium.new_page(tmp_path_factory.mktemp("chromium")) as page:
        page.send("Emulation.setLocaleOverride", locale="en-GB")
        yield page


@pytest.fixture
def page(browser, app_client):
    browser.open(f"{app_client.base_url}/")
    browser.wait_for("document.querySelectorAll('#save button').length >= 2")
    return browser


@pytest.fixture
def choose(page, tmp_path):
    def choose_contents(*contents):
        paths = [tmp_path / f"{number}.png" for number in range(len(contents))]
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content)
        page.choose_file("#file", *paths)

    return choose_contents


@pytest.fixture
def receipt(page, choose):
    """The page with a result of three lines in two rows, as a service could answer it."""
    answer_with(page, STREAM)
    choose(PICTURE)
    page.wait_for(SHOWN)
    page.wait_for("document.getElementById('image').naturalWidth && !document.getElementById('stage').hidden")
    return page


def answer_with(page, body, status=200, headers=None):
    """Let the next requests of the page be answered with this, and go to the service no more."""
    answer = f"new Response({json.dumps(body)}, {{ status: {status}, headers: {json.dumps(headers or {})} }})"
    page.evaluate(f"window.fetch = async () => {answer}, 1")


def classes(page, selector):
    """Return the classes of each node that the selector finds."""
    nodes = f"[...document.querySelectorAll('{selector}')]"
    return [
        set(names.split()) for names in page.evaluate(f"{nodes}.map((node) => node.getAttribute('class') ?? '')")
    ]


def current(page):
    """Return which line is current in the text and which on the picture."""
    return [
        [index for index, names in enumerate(classes(page, selector)) if "current" in names]
        for selector in ("#text .line", "#boxes polygon")
    ]


def saved(page, name):
    """Press a button to save, and return the name and the text of the file that it gives."""
    page.evaluate(
        "HTMLAnchorElement.prototype.click = function () { window.link = this; }, window.link = null,"
        "URL.createObjectURL = (blob) => { window.blob = blob; return 'blob:'; }, 1"
    )
    page.evaluate(f"[...document.querySelectorAll('#save button')].find((b) => b.textContent == '{name}').click()")
    page.wait_for("!!window.link")
    return page.evaluate("window.link.download"), page.evaluate("window.blob.text()")


def test_chosen_picture_becomes_text_with_boxes(page, choose):
    choose(b"image")
    page.wait_for(SHOWN)
    assert page.evaluate(TEXT) == READ
    assert page.evaluate("document.querySelector('#boxes polygon').getAttribute('points')") == (
        "10,20 110,20 110,44 10,44"
    )
    assert page.evaluate("document.getElementById('boxes').getAttribute('viewBox')") == "0 0 320 64"
    assert page.evaluate("document.getElementById('details').textContent") == (
        "1 line in 6 ms: opened 1 ms, lines found 2 ms, read 3 ms · fake-00000000"
    )
    assert page.evaluate("document.getElementById('warnings').textContent") == "Only frame 1 of 3."
    assert page.evaluate("document.querySelector('#text mark').textContent") == "总"


def test_rows_marks_and_markup_in_text(receipt):
    rows = receipt.evaluate("[...document.querySelectorAll('.line-row')].map((row) => row.children.length)")
    assert rows == [2, 1]
    assert "new-block" in classes(receipt, ".line-row")[1]
    assert receipt.evaluate("[...document.querySelectorAll('#text mark')].map((m) => m.textContent)") == ["5"]
    assert ["doubtful" in names for names in classes(receipt, "#boxes polygon")] == [False, True, False]
    assert receipt.evaluate(TEXT) == "Tea|4.50|Thank <b>you</b>"
    assert receipt.evaluate("document.querySelectorAll('#text b').length") == 0


def test_text_and_boxes_are_linked(receipt):
    receipt.evaluate("document.querySelectorAll('#text .line')[1].focus()")
    assert current(receipt) == [[1], [1]]
    receipt.press("ArrowDown")
    assert current(receipt) == [[2], [2]]
    receipt.press("Enter")
    assert receipt.evaluate("document.activeElement.ariaLabel") == "Thank <b>you</b>"
    receipt.press("Home")
    assert current(receipt) == [[0], [0]]
    box = "document.querySelectorAll('#boxes polygon')[1]"
    receipt.evaluate(f"{box}.dispatchEvent(new PointerEvent('pointerenter'))")
    assert ["hover" in names for names in classes(receipt, "#text .line")] == [False, True, False]
    receipt.evaluate(f"{box}.dispatchEvent(new PointerEvent('pointerleave'))")
    assert not any("hover" in names for names in classes(receipt, "#text .line"))
    receipt.click("#boxes polygon:nth-child(3)")
    assert current(receipt) == [[2], [2]]


def test_edited_text_is_what_is_copied(receipt):
    receipt.evaluate("document.getElementById('edit').click()")
    receipt.evaluate("document.querySelectorAll('#text .line')[1].focus()")
    receipt.evaluate("getSelection().selectAllChildren(document.activeElement)")
    receipt.send("Input.insertText", text="4.80")
    receipt.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }, 1")
    receipt.evaluate("document.getElementById('copy').click()")
    receipt.wait_for("document.getElementById('copy').textContent == 'Copied'")
    assert receipt.evaluate("window.copied") == "Tea\t4.80\n\nThank <b>you</b>"


def test_all_text_is_copied_where_there_is_no_clipboard(page, choose):
    answer_with(page, STREAM)
    choose(PICTURE, PICTURE)
    page.wait_for(f"{SHOWN} && {STATES}.every((state) => state == '3 lines') && {STATES}.length == 2")
    page.evaluate(
        "Object.defineProperty(navigator, 'clipboard', { value: undefined }),"  # as over plain HTTP
        "window.addEventListener('copy', (event) => {"
        " window.copied = event.clipboardData.getData('text/plain') || 'what is marked'; }), 1"
    )
    page.click("#copy-all")
    page.wait_for("window.copied")
    assert page.evaluate("window.copied") == f"0.png\n\n{RECEIPT['text']}\n\n\n1.png\n\n{RECEIPT['text']}"
    assert page.evaluate("document.getElementById('copy-all').textContent") == "Copied"


def test_saving_as_text_and_json(page, choose):
    choose(b"image")
    page.wait_for(SHOWN)
    assert saved(page, "TXT") == ("0.txt", f"{READ}\n")
    name, content = saved(page, "JSON")
    assert name == "0.json"
    assert json.loads(content)["results"][0]["text"] == READ


def test_formats_that_the_service_makes(page, app_client):
    api = app_client.get("/openapi.json").json()
    form = api["paths"]["/ocr"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    form["properties"]["format"] = {"enum": ["json", "hocr"]}
    answer_with(page, json.dumps(api))
    offered = page.evaluate("import('/static/formats.js').then((formats) => formats.offeredFormats())")
    assert [format["name"] for format in offered] == ["TXT", "JSON", "hOCR"]
    page.evaluate(
        "window.fetch = async (to, how) => { window.sent = [to, ...how.body]; return new Response('<p>'); }, 1"
    )
    made = page.evaluate(
        "import('/static/formats.js').then(({ FORMATS }) => FORMATS.find((one) => one.name == 'hOCR')"
        ".make([{ file: new File(['image'], 'a.png') }])).then((blob) => blob.text())"
    )
    assert made == "<p>"
    assert page.evaluate("[window.sent[0], window.sent[1]]") == ["/ocr", ["format", "hocr"]]


def test_several_files_are_read_in_turn(page, choose):
    choose(b"image", b"damaged", b"text", b"image!")
    page.wait_for(f"{STATES}.join() == '1 line,Not read,Not read,1 line'")
    assert page.evaluate("document.getElementById('summary').textContent") == (
        "4 pictures: 2 read, 2 not read · 2 lines"
    )
    damaged, not_an_image = page.evaluate(ERRORS)
    assert damaged.startswith("The file is damaged. Open it in the program")
    assert damaged.endswith("The PNG is damaged.")
    assert not_an_image.startswith("This is not a picture that can be read. Choose a JPEG")
    page.evaluate("document.querySelectorAll('.item-name')[3].click()")
    assert page.evaluate(TEXT) == "总计 12.50 off auto 6"
    page.evaluate("document.getElementById('clear').click()")
    assert page.evaluate("document.getElementById('queue').hidden && document.getElementById('result').hidden")


def test_text_is_shown_where_the_first_picture_fails(page, choose):
    choose(b"damaged", b"image")
    page.wait_for(SHOWN)
    assert page.evaluate("!document.getElementById('result').hidden")
    assert page.evaluate("document.querySelector('.item.shown .item-name').textContent") == "1.png"


def test_reading_is_cancelled_and_tried_again(page, choose):
    choose(b"endless", b"image")
    page.wait_for("document.querySelectorAll('#boxes polygon').length > 1")  # boxes come while it is read
    assert page.evaluate("document.querySelector('.item-bar').value") == 1
    page.evaluate("document.querySelector('.item .btn-outline-primary').click()")
    page.wait_for(f"{STATES}.join() == 'Cancelled,1 line'")
    assert page.evaluate(ACTIONS) == ["Try again: 0.png", "Remove: 0.png", "Remove: 1.png"]
    assert page.evaluate("document.getElementById('empty').textContent") == "Cancelled"  # no text comes any more
    answer_with(page, STREAM)
    page.evaluate("document.querySelector('.item .btn-outline-primary').click()")
    page.wait_for(f"{STATES}.join() == '3 lines,1 line'")


def test_busy_service_is_asked_again(page, choose):
    refused = json.dumps({"error": "Too much.", "code": "overloaded"})
    answer_with(page, refused, 503, {"Retry-After": "1"})
    choose(b"image")
    page.wait_for(f"{STATES}.join() == 'The service is busy; trying again in 1 s'")
    answer_with(page, STREAM)
    page.wait_for(SHOWN)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("async () => { throw new TypeError('refused'); }", "The service cannot be reached."),
        ("async () => new Response('event: page\\ndata: {}\\n\\n')", "The connection broke"),
        ("async () => new Response('<h1>Bad Gateway</h1>', { status: 502 })", "The service answered in a way"),
    ],
)
def test_no_answer_is_told_in_words(page, choose, answer, words):
    page.evaluate(f"window.fetch = {answer}, 1")
    choose(b"image")
    page.wait_for(f"{ERRORS}.length")
    assert page.evaluate(ERRORS)[0].startswith(words)
    assert page.evaluate(ACTIONS)[0] == "Try again: 0.png"


def test_a_folder_is_told_in_words(page, tmp_path):
    for event in ("dragEnter", "dragOver", "drop"):
        data = {"items": [], "files": [str(tmp_path)], "dragOperationsMask": 1}
        page.send("Input.dispatchDragEvent", type=event, x=300, y=300, data=data)
    page.wait_for(f"{ERRORS}.length")
    assert page.evaluate(ERRORS)[0].startswith("The file cannot be opened: it is a folder")


def test_a_key_in_any_letters_is_sent(browser, tmp_path):
    (tmp_path / "a.png").write_bytes(b"image")
    with running("fastapi", OCR_API_KEYS="ключ") as address:
        browser.open(f"{address}/")
        browser.choose_file("#file", tmp_path / "a.png")
        browser.wait_for("!document.getElementById('key-form').hidden")
        browser.evaluate(
            "document.getElementById('key').value = 'ключ', document.querySelector('#key-form button').click()"
        )
        browser.wait_for(f"{STATES}[0] == '1 line'")


def test_key_is_asked_for_and_sent(page, choose):
    answer_with(page, json.dumps({"error": "This service needs a key.", "code": "unauthorized"}), 401)
    choose(b"image")
    page.wait_for("!document.getElementById('key-form').hidden")
    page.evaluate(
        "window.fetch = async (_, how) => {"
        f" window.sent = how.headers; return new Response({json.dumps(STREAM)}); }}, 1"
    )
    page.evaluate(
        "document.getElementById('key').value = 'abc', document.querySelector('#key-form button').click()"
    )
    page.wait_for(SHOWN)
    assert page.evaluate("window.sent") == {"Authorization": "Bearer abc"}


@pytest.mark.parametrize(("event", "carrier"), [("paste", "clipboardData"), ("drop", "dataTransfer")])
def test_pasted_and_dropped_picture(page, event, carrier):
    kind = {"paste": "ClipboardEvent", "drop": "DragEvent"}[event]
    page.evaluate(
        "const carried = new DataTransfer();"
        "carried.items.add(new File(['image'], 'a.png', { type: 'image/png' }));"
        f"document.dispatchEvent(new {kind}('{event}', {{ {carrier}: carried, cancelable: true }})), 1"
    )
    page.wait_for(SHOWN)
    assert page.evaluate(TEXT) == READ


def test_keyboard_reaches_every_part(receipt):
    reached = set()
    for _ in range(20):
        receipt.press("Tab")
        reached.add(receipt.evaluate("document.activeElement.id || document.activeElement.getAttribute('role')"))
    assert {"language", "theme", "file", "zoom-in", "preview", "edit", "copy", "option"} <= reached


def test_page_follows_a_dark_screen_until_switched(page):
    for scheme in ("dark", "light"):
        page.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        page.wait_for(f"document.documentElement.dataset.bsTheme == '{scheme}'")
    page.evaluate("document.getElementById('theme').click()")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    page.open(page.evaluate("location.href"))
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    page.evaluate("localStorage.clear()")


def test_chinese_interface(page, choose):
    choose(b"damaged", b"image")
    page.wait_for(f"{STATES}.join() == 'Not read,1 line'")
    page.evaluate("document.getElementById('language').click()")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert page.evaluate("document.querySelector('h1').textContent") == "图片进，文字出"
    assert page.evaluate(ERRORS)[0].startswith("文件已损坏。")
    page.evaluate("document.querySelectorAll('.item-name')[1].click()")
    assert (
        page.evaluate("document.getElementById('warnings').textContent") == "文件共有 3 页（帧），只识别了第一页。"
    )
    page.open(page.evaluate("location.href"))
    assert page.evaluate("document.getElementById('language').textContent") == "English"
    page.evaluate("localStorage.clear()")


def test_both_languages_have_the_same_words(page):
    keys = page.evaluate(
        "import('/static/words.js').then(({ WORDS }) => Object.values(WORDS).map((words) => "
        "[...Object.keys(words), ...Object.keys(words.errors)].sort().join()))"
    )
    assert keys[0] == keys[1]
    said = "import('/static/words.js').then(({ SERVICE_WORDS }) => Object.keys(SERVICE_WORDS.zh.warnings))"
    assert page.evaluate(said) == list(get_args(NoteCode))


def test_larger_picture(receipt):
    fitted = receipt.evaluate("document.getElementById('stage').clientWidth")
    receipt.evaluate("document.getElementById('zoom-in').click()")
    assert receipt.evaluate("document.getElementById('stage').clientWidth") == pytest.approx(1.5 * fitted, abs=1)
    receipt.evaluate("document.getElementById('zoom-fit').click()")
    assert receipt.evaluate("document.getElementById('stage').clientWidth") == fitted


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(receipt, choose, scheme):
    still = {"name": "prefers-reduced-motion", "value": "reduce"}  # no colour is caught between two others
    receipt.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}, still])
    answer_with(receipt, json.dumps({"error": "It is damaged.", "code": "unreadable_image"}), 422)
    choose(b"damaged")
    receipt.wait_for(f"{ERRORS}.length")
    receipt.evaluate("document.querySelector('.item-name').click()")
    receipt.evaluate(files("axe_core_python").joinpath("axe.min.js").read_text() + ";1")
    for editing in (False, True):
        if editing:
            receipt.evaluate("document.getElementById('edit').click()")
        found = receipt.evaluate("axe.run().then((run) => run.violations.map((one) => [one.impact, one.id, "
                                 "one.nodes.map((node) => node.html)]))")  # fmt: skip
        assert [one for one in found if one[0] in ("serious", "critical")] == []


def test_narrow_screen_is_not_wider_than_itself(receipt):
    receipt.send("Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=1, mobile=True)
    assert receipt.evaluate("document.documentElement.scrollWidth") == 360
    receipt.send("Emulation.clearDeviceMetricsOverride")


def test_docs_list_every_operation(page, app_client):
    page.open(f"{app_client.base_url}/docs")
    page.wait_for("document.querySelectorAll('#operations section').length")
    headings = page.evaluate("[...document.querySelectorAll('#operations h2')].map((head) => head.textContent)")
    assert headings == [f"{verb.upper()}{path}" for path, verbs in DOCUMENT["paths"].items() for verb in verbs]
    types = page.evaluate("[...document.querySelectorAll('code')].map((code) => code.textContent)")
    assert not [one for one in types if "undefined" in one]
    assert any('{ event: "line", data: LineEvent }' in one for one in types)
