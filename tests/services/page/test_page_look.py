"""How the page looks and is reached: keyboard, dark screens, Chinese, large pictures, narrow screens, axe."""

import json
from importlib.resources import files
from typing import get_args

import pytest
from page_driver import ERRORS, PICTURE, STATES, answer_with

from ocr_core.note import NoteCode
from services.openapi import DOCUMENT

chromium = pytest.importorskip("benchmarks.chromium")
pytestmark = pytest.mark.skipif(chromium.PROGRAM is None, reason="no Chromium is installed")


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


def test_lines_are_looked_for_before_they_are_counted(page, choose):
    begun = 'event: picture\ndata: {"page": 1, "pages": 1, "picture": "data:,"}\n\n'
    page.evaluate(
        "window.fetch = async () => new Response(new ReadableStream({ start: (body) =>"
        f" body.enqueue(new TextEncoder().encode({json.dumps(begun)})) }})), 1"
    )
    choose(PICTURE)
    page.wait_for(f"{STATES}[0] == 'Looking for lines'")


def test_buttons_with_a_sign_say_in_words_what_they_do(receipt):
    signs = "[...document.querySelectorAll('.tools .btn[data-say-label]')]"
    said = receipt.evaluate(f"{signs}.map((one) => [one.title, one.ariaLabel])")
    assert len(said) == 5
    assert all(title and title == label for title, label in said)
    assert all(width >= 24 for width in receipt.evaluate(f"{signs}.map((one) => one.offsetWidth || 24)"))


def test_a_file_is_asked_for_once_and_shown_to_be_made(receipt):
    receipt.evaluate(
        "window.asked = 0, URL.createObjectURL = () => 'blob:', HTMLAnchorElement.prototype.click = () => {},"
        "window.fetch = () => { asked++;"
        " return new Promise((resolve) => { window.letGo = () => resolve(new Response('%PDF')); }); }, 1"
    )
    button = "[...document.querySelectorAll('#save button')].find((one) => one.textContent == 'PDF')"
    receipt.evaluate(f"{button}.click(), {button}.click()")
    assert receipt.evaluate(f"[asked, {button}.ariaBusy]") == [1, "true"]
    receipt.evaluate("letGo()")
    receipt.wait_for(f"{button}.ariaBusy == 'false'")


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


@pytest.mark.parametrize("width", [360, 320])
def test_narrow_screen_is_not_wider_than_itself(receipt, width):
    receipt.send("Emulation.setDeviceMetricsOverride", width=width, height=740, deviceScaleFactor=1, mobile=True)
    assert receipt.evaluate("document.documentElement.scrollWidth") == width
    heights = receipt.evaluate("[...document.querySelectorAll('nav .btn')].map((one) => one.offsetHeight)")
    assert len(set(heights)) == 1  # no word stands below the other
    receipt.send("Emulation.clearDeviceMetricsOverride")


def test_docs_list_every_operation(page, app_client):
    page.open(f"{app_client.base_url}/docs")
    page.wait_for("document.querySelectorAll('#operations section').length")
    headings = page.evaluate("[...document.querySelectorAll('#operations h2')].map((head) => head.textContent)")
    assert headings == [f"{verb.upper()}{path}" for path, verbs in DOCUMENT["paths"].items() for verb in verbs]
    types = page.evaluate("[...document.querySelectorAll('code')].map((code) => code.textContent)")
    assert not [one for one in types if "undefined" in one]
    assert any('{ event: "line", data: LineEvent }' in one for one in types)
    assert {"X-Deadline-Ms", "Cache-Control"} <= set(types)
    assert "base64" in page.evaluate("document.querySelector('#operations section').textContent")
