"""Documents, turned pictures and the comparison of both services, on the page in a real browser."""

import json
from importlib.resources import files

import cv2
import numpy as np
import pytest
from fake_reader import ERRORS as FAULTS
from page_driver import opened
from serving import running
from small_documents import BROKEN, pdf_of, tiff_of

chromium = pytest.importorskip("benchmarks.chromium")
pytestmark = pytest.mark.skipif(chromium.PROGRAM is None, reason="no Chromium is installed")

STATE = "document.querySelector('.item-state')?.textContent"
TEXT = "[...document.querySelectorAll('#text .line')].map((line) => line.textContent).join('|')"
PAGE = "document.getElementById('page-of').textContent"
COMPARED = "[...document.querySelectorAll('.compared')].map((text) => text.textContent)"


@pytest.fixture
def choose(browser, tmp_path):
    def choose_content(name, content):
        (tmp_path / name).write_bytes(content)
        browser.choose_file("#file", tmp_path / name)

    return choose_content


def press(page, name):
    page.evaluate(f"document.getElementById('{name}').click()")


def picture(width, height):
    pixels = np.full((height, width, 3), 255, np.uint8)
    pixels[:20, :10] = (0, 0, 255)  # red at the top left
    return cv2.imencode(".png", pixels)[1].tobytes()


def serious(page):
    """Return what axe finds that keeps people from using the page."""
    page.evaluate(files("axe_core_python").joinpath("axe.min.js").read_text() + ";1")
    found = page.evaluate("axe.run().then((run) => run.violations.map((one) => [one.impact, one.id]))")
    return [one for one in found if one[0] in ("serious", "critical")]


@pytest.mark.parametrize(("name", "content"), [("a.pdf", pdf_of("one", "two")), ("a.tiff", tiff_of(2))])
def test_pages_of_a_document_are_shown_one_by_one(page, choose, name, content):
    choose(name, content)
    page.wait_for(f"{STATE} == '2 pages · 2 lines'")
    assert page.evaluate(PAGE) == "Page 1 of 2"
    assert page.evaluate("document.getElementById('page-before').disabled")
    page.wait_for("document.getElementById('image').naturalWidth > 30")
    first = page.evaluate("document.getElementById('image').src")
    assert first.startswith("data:image/jpeg")
    press(page, "page-after")
    assert page.evaluate(PAGE) == "Page 2 of 2"
    assert page.evaluate("document.getElementById('image').src") != first
    assert page.evaluate("document.getElementById('page-after').disabled")
    assert page.evaluate(TEXT).startswith("总计 12.50")
    page.evaluate("document.getElementById('preview').focus()")
    page.press("PageUp")
    assert page.evaluate(PAGE) == "Page 1 of 2"
    assert serious(page) == []


def test_edits_of_pages_are_kept_and_copied(page, choose):
    choose("a.pdf", pdf_of("one", "two"))
    page.wait_for(f"{STATE} == '2 pages · 2 lines'")
    for words in ("first", "second"):
        page.evaluate(
            f"(() => {{ const line = document.querySelector('#text .line'); line.textContent = '{words}';"
            "line.dispatchEvent(new InputEvent('input')); })()"
        )
        press(page, "page-after")
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }, 1")
    press(page, "copy")
    assert page.wait_for("window.copied") == "first\n\nsecond"


def test_png_of_a_document_is_asked_for_page_by_page(page, choose):
    choose("a.pdf", pdf_of("one", "two"))
    page.wait_for(f"{STATE} == '2 pages · 2 lines'")
    press(page, "page-after")
    page.evaluate(
        "HTMLAnchorElement.prototype.click = function () { window.link = this; },"
        "window.fetch = async (to, how) => { window.sent = Object.fromEntries([...how.body].slice(0, 2));"
        " return new Response('PNG'); }, 1"
    )
    page.evaluate("[...document.querySelectorAll('#save button')].find((b) => b.textContent == 'PNG').click()")
    page.wait_for("!!window.link")
    assert page.evaluate("window.sent") == {"format": "png", "pages": "2"}
    assert page.evaluate("window.link.download") == "a.png"


def test_a_locked_pdf_is_told_in_words(page, choose):
    answer = json.dumps({"error": "It asks for a password.", "code": "protected_document"})
    page.evaluate(f"window.fetch = async () => new Response({json.dumps(answer)}, {{ status: 422 }}), 1")
    choose("a.pdf", b"%PDF-")
    page.wait_for("!!document.querySelector('.item-error:not([hidden])')")
    assert page.evaluate("document.querySelector('.item-error').textContent") == (
        "The PDF asks for a password. Save a copy without one, and choose that."
    )


def test_a_picture_is_turned_and_read_anew(page, choose):
    choose("a.png", picture(90, 60))
    page.wait_for(f"{STATE} == '1 line'")
    before = page.evaluate(TEXT)
    page.wait_for("document.getElementById('image').naturalWidth == 90")
    press(page, "rotate")
    page.wait_for("document.getElementById('image').naturalWidth == 60")
    page.wait_for(f"{STATE} == '1 line' && {TEXT} != '' && {TEXT} != {json.dumps(before)}")
    corner = page.evaluate(
        "(() => { const canvas = document.createElement('canvas'), context = canvas.getContext('2d');"
        "context.drawImage(document.getElementById('image'), 0, 0);"
        "return [...context.getImageData(55, 3, 1, 1).data]; })()"
    )
    assert corner == [255, 0, 0, 255]  # what was at the top left is at the top right


def test_a_page_of_a_document_is_turned_and_read_alone(page, choose):
    choose("a.pdf", pdf_of("one", "two"))
    page.wait_for(f"{STATE} == '2 pages · 2 lines'")
    press(page, "page-after")
    width = "document.getElementById('image').naturalWidth"
    page.wait_for(f"{width} == 315")
    press(page, "rotate")
    page.wait_for(f"{width} == 63 && {STATE} == '2 pages · 2 lines'")
    assert page.evaluate(PAGE) == "Page 2 of 2"
    assert page.evaluate(TEXT).startswith("总计 12.50")
    press(page, "page-before")
    page.wait_for(f"{width} == 315")  # the other page is as it was
    page.evaluate("window.fetch = async () => { throw new TypeError(); }, 1")
    press(page, "rotate")
    page.wait_for(
        "document.getElementById('warnings').textContent.startsWith('The turned page could not be read.')"
    )
    page.wait_for(f"{width} == 315")
    assert page.evaluate(TEXT).startswith("总计 12.50")


def test_the_text_of_a_pdf_is_used_on_request(page, choose):
    details = "document.getElementById('details').textContent"
    choose("a.pdf", pdf_of("one", "two"))
    page.wait_for(f"{STATE} == '2 pages · 2 lines'")
    press(page, "pdf-text")  # the document that is shown is read anew
    page.wait_for(f"{TEXT} == 'one' && {details}.endsWith('text of the PDF itself')")
    page.evaluate(
        "HTMLAnchorElement.prototype.click = function () { window.link = this; },"
        "window.fetch = async (to, how) => { window.sent = Object.fromEntries([...how.body].slice(0, 2));"
        " return new Response('hOCR'); }, 1"
    )
    page.evaluate("[...document.querySelectorAll('#save button')].find((b) => b.textContent == 'hOCR').click()")
    page.wait_for("!!window.link")
    assert page.evaluate("window.sent") == {"format": "hocr", "pdf_text": "keep"}
    page.open(page.evaluate("location.href"))
    assert page.evaluate("document.getElementById('pdf-text').checked")  # it is kept
    press(page, "pdf-text")


def test_an_unread_page_is_told_and_the_others_are_shown(page, choose):
    choose("a.pdf", BROKEN)
    page.wait_for(f"{STATE} == '2 pages · 2 lines · 1 page not read'")
    assert not page.evaluate("document.getElementById('queue').hidden")
    warnings = "[...document.querySelectorAll('#warnings li')].map((one) => one.textContent)"
    assert page.evaluate(warnings) == ["Only frame 1 of 3.", "Page 2 was not read: It is damaged."]
    press(page, "page-after")
    assert page.evaluate(PAGE) == "Page 3 of 3"
    assert serious(page) == []
    press(page, "language")
    assert page.evaluate(warnings) == ["文件共有 3 页（帧），只识别了第一页。", "第 2 页未识别：页面已损坏。"]
    press(page, "language")


def test_an_unread_page_counts_while_the_others_are_read(page):
    told = [("picture", 1), ("unread", 1), ("picture", 2), ("page", 2), ("line", 2), ("line", 2), ("unread", 3)]
    events = [[name, {"page": number, "pages": 4, "picture": "", "lines": 2}] for name, number in told]
    shares = page.evaluate(
        "import('/static/sheets.js').then(({ enterEvent, shareRead }) => {"
        " const item = { sheets: [], at: 0, expected: 1, unread: 0 };"
        " const enter = ([event, data]) => (enterEvent(item, event, data), shareRead(item));"
        f" return {json.dumps(events)}.map(enter); }})"
    )
    assert shares == [None, None, None, 0.25, 0.375, 0.5, 0.75]


def test_without_another_service_nothing_is_compared(page):
    assert page.evaluate("document.getElementById('compare').hidden")


@pytest.mark.parametrize("service", ["flask", "fastapi"])
def test_both_services_are_compared(browser, choose, clients, service):
    other = {"flask": "fastapi", "fastapi": "flask"}[service]
    with running(other, OCR_CORS_ORIGINS="*") as peer, running(service, OCR_PEER_URL=peer) as address:
        page = opened(browser, f"{address}/")
        choose("a.png", b"image")
        page.wait_for(f"{STATE} == '1 line'")
        press(page, "compare")
        page.wait_for("document.getElementById('verdict').textContent == 'The texts are the same.'")
        assert page.evaluate(COMPARED) == ["总计 12.50 off auto 5"] * 2
        heads = page.evaluate("[...document.querySelectorAll('#columns h3')].map((head) => head.textContent)")
        assert heads == [address.removeprefix("http://"), peer.removeprefix("http://")]
        times = page.evaluate("[...document.querySelectorAll('#columns p.small')].map((time) => time.textContent)")
        assert all("median of 3), of which reading 6 ms" in time for time in times)
        assert serious(page) == []
        page.send("Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=1, mobile=True)
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        page.send("Emulation.clearDeviceMetricsOverride")
        choose("b.png", next(iter(FAULTS)))
        page.wait_for("document.querySelectorAll('.item').length == 2")
        page.evaluate("document.querySelectorAll('.item-name')[1].click()")
        assert page.evaluate("document.getElementById('comparison').hidden")


def test_only_the_other_service_may_be_asked(browser, choose, clients):
    with running("fastapi", OCR_PEER_URL=str(clients["flask"].base_url).rstrip("/")) as address:
        page = opened(browser, f"{address}/")
        choose("a.png", b"image")
        page.wait_for(f"{STATE} == '1 line'")
        press(page, "compare")  # that service does not know this one: no CORS
        page.wait_for("document.getElementById('verdict').textContent == 'They could not be compared.'")
        assert f"OCR_PEER_URL there must be {address}" in page.evaluate(
            "document.querySelector('#columns .item-error:not(:empty)').textContent"
        )
        blocked = (
            "new Promise((resolve) => { addEventListener('securitypolicyviolation', (e) => resolve(e.blockedURI));"
            "fetch('http://127.0.0.1:9/').catch(() => 0); })"
        )
        assert page.evaluate(blocked) == "http://127.0.0.1:9/"


def test_differences_are_marked_by_the_character(page):
    pairs = [["8:45 train", "8:46 trains"], ["a", "a"], ["", "b"], ["𠮷b", "𠮷c"]]
    side = "(parts) => parts.map((part) => (part.differs ? `[${part.text}]` : part.text)).join('')"
    found = page.evaluate(
        f"import('/static/diff.js').then(({{ differences }}) => {json.dumps(pairs)}"
        f".map(([a, b]) => differences(a, b).map({side})))"
    )
    assert found == [["8:4[5] train", "8:4[6] train[s]"], ["a", "a"], ["", "[b]"], ["𠮷[b]", "𠮷[c]"]]
