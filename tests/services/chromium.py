"""A headless Chromium spoken to over its DevTools protocol: enough to drive one page."""

import json
import re
import shutil
import subprocess
from contextlib import contextmanager
from itertools import count

from serving import PATIENCE_S, wait_until
from websockets.sync.client import connect

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
)


class Page:
    """One tab."""

    def __init__(self, socket, session):
        self._socket, self._session, self._ids = socket, session, count(1000)

    def send(self, method, **parameters):
        """Return the result of a DevTools command."""
        return _send(self._socket, next(self._ids), method, parameters, self._session)

    def evaluate(self, expression):
        """Return the JSON value of a JavaScript expression; promises are awaited."""
        answer = self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True, userGesture=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait_for(self, expression):
        """Return the first truthy value of an expression."""
        return wait_until(lambda: self.evaluate(expression), expression)

    def open(self, url):
        """Load a page and wait for its scripts."""
        self.send("Page.navigate", url=url)
        self.wait_for(f"location.href == {json.dumps(url)} && document.readyState == 'complete'")

    def choose_file(self, selector, *paths):
        """Put files into a file input, as a person's file dialog does."""
        root = self.send("DOM.getDocument")["root"]["nodeId"]
        node = self.send("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.send("DOM.setFileInputFiles", nodeId=node, files=[str(path) for path in paths])

    def click(self, selector):
        """Click into the middle of what the selector finds, once it is in sight."""
        node = f"document.querySelector({json.dumps(selector)})"
        self.evaluate(
            f"{node}.scrollIntoView({{ block: 'nearest', behavior: 'instant' }}),"
            "new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(true))))"
        )
        place = self.evaluate(
            f"(({{ x, y, width, height }}) => [x + width / 2, y + height / 2])({node}.getBoundingClientRect())"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)

    def press(self, key):
        """Press and release one key, for example Tab."""
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, code=key)


@contextmanager
def new_page(profile):
    """Yield a tab of a fresh browser whose profile lives in the folder `profile`."""
    command = [PROGRAM, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    with process:
        try:
            lines = iter(process.stderr.readline, "")
            address = next(found[1] for line in lines if (found := re.search(r"listening on (ws://\S+)", line)))
            with connect(address, max_size=None, proxy=None) as socket:
                target = _send(socket, 1, "Target.createTarget", {"url": "about:blank"})["targetId"]
                attached = _send(socket, 2, "Target.attachToTarget", {"targetId": target, "flatten": True})
                yield Page(socket, attached["sessionId"])
        finally:
            process.terminate()


def _send(socket, number, method, parameters, session=None):
    message = {"id": number, "method": method, "params": parameters}
    socket.send(json.dumps(message | ({"sessionId": session} if session else {})))
    while True:
        answer = json.loads(socket.recv(timeout=PATIENCE_S))
        if answer.get("id") == number:
            assert "error" not in answer, answer
            return answer["result"]
