"""What tests ask of the page in a browser, and what they let it be answered with."""

import json

import cv2
import numpy as np

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


def opened(browser, address):
    """Return the browser with the page of the service at `address`, ready to be used."""
    browser.open(address)
    browser.wait_for("document.querySelectorAll('#save button').length >= 2")
    return browser
