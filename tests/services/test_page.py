"""The page in a real browser, against both services."""

import pytest

chromium = pytest.importorskip("chromium")
pytestmark = pytest.mark.skipif(chromium.PROGRAM is None, reason="no Chromium is installed")

READ = "总计 12.50 off auto 5"
SHOWN = "!document.getElementById('result').hidden"
TEXT = "[...document.querySelectorAll('#text li')].map((line) => line.textContent).join('|')"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with chromium.new_page(tmp_path_factory.mktemp("chromium")) as page:
        yield page


@pytest.fixture
def page(browser, app_client):
    browser.open(f"{app_client.base_url}/")
    return browser


@pytest.fixture
def choose(page, tmp_path):
    def choose_content(content):
        path = tmp_path / "picture.png"
        path.write_bytes(content)
        page.choose_file("#file", path)

    return choose_content


def test_chosen_picture_becomes_text_with_boxes(page, choose):
    choose(b"image")
    page.wait_for(SHOWN)
    assert page.evaluate(TEXT) == READ
    assert page.evaluate("document.querySelector('#boxes polygon').getAttribute('points')") == (
        "10,20 110,20 110,44 10,44"
    )
    assert page.evaluate("document.getElementById('boxes').getAttribute('viewBox')") == "0 0 320 64"
    assert page.evaluate("document.getElementById('details').textContent") == (
        "1 line in 6 ms (decode 1, find 2, read 3) · fake-00000000"
    )
    assert page.evaluate("document.getElementById('warnings').textContent") == "Only frame 1 of 3."


def test_copy_button_copies_the_text(page, choose):
    choose(b"image")
    page.wait_for(SHOWN)
    page.evaluate(
        "navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve(); }, 1"
    )
    page.evaluate("document.getElementById('copy').click()")
    page.wait_for("document.getElementById('copy').textContent == 'Copied'")
    assert page.evaluate("window.copied") == READ


def test_error_is_shown_in_words_and_the_next_picture_works(page, choose):
    choose(b"damaged")
    assert page.wait_for("document.getElementById('error').textContent") == "The PNG is damaged."
    choose(b"image")
    page.wait_for(SHOWN)
    assert page.evaluate("document.getElementById('error').hidden") is True


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


def test_keyboard_reaches_the_file_input(page):
    reached = []
    for _ in range(3):
        page.press("Tab")
        reached.append(page.evaluate("document.activeElement.id"))
    assert "file" in reached


def test_page_follows_a_dark_screen(page):
    for scheme in ("dark", "light"):
        page.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        page.wait_for(f"document.documentElement.dataset.bsTheme == '{scheme}'")


def test_docs_list_every_operation(page, app_client):
    page.open(f"{app_client.base_url}/docs")
    page.wait_for("document.querySelectorAll('#operations section').length")
    headings = page.evaluate("[...document.querySelectorAll('#operations h2')].map((head) => head.textContent)")
    paths = ["POST/ocr", "POST/ocr/stream", "GET/healthz", "GET/readyz", "GET/metrics", "GET/openapi.json"]
    assert headings == paths
