"""The page in a real browser, against both services."""

import json

import pytest
from page_driver import (
    ACTIONS,
    ERRORS,
    PICTURE,
    READ,
    RECEIPT,
    SHOWN,
    STATES,
    STREAM,
    TEXT,
    answer_with,
    classes,
    current,
    saved,
)
from serving import running

chromium = pytest.importorskip("benchmarks.chromium")
pytestmark = pytest.mark.skipif(chromium.PROGRAM is None, reason="no Chromium is installed")


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
    assert receipt.evaluate("document.getElementById('status').textContent") == "Copied"


def test_a_change_is_told_to_be_in_some_formats_alone(receipt):
    told = "!document.getElementById('edits-kept').hidden"
    receipt.evaluate("document.getElementById('edit').click()")
    receipt.evaluate("document.querySelectorAll('#text .line')[1].focus()")
    assert not receipt.evaluate(told)
    receipt.send("Input.insertText", text="4.80")
    assert receipt.evaluate(told)
    assert "TXT and JSON" in receipt.evaluate("document.getElementById('edits-kept').textContent")
    receipt.evaluate("document.getElementById('language').click(), document.getElementById('language').click()")
    assert receipt.evaluate(told)  # the lines are drawn anew, with what was changed
    receipt.evaluate("localStorage.clear()")


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
