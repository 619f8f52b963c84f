"""A headless Chromium spoken to over its DevTools protocol: enough to drive one page."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

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
Json = Any
"""What JSON can say."""

PATIENCE_S = 120.0
"""Until a page that does not come to what was waited for is given up."""


class Page:
    """One tab."""

    def __init__(self, socket: ClientConnection, session: str) -> None:
        self._socket, self._session, self._ids = socket, session, count(1000)

    def send(self, method: str, **parameters: Json) -> Json:
        """Return the result of a DevTools command."""
        return _send(self._socket, next(self._ids), method, parameters, self._session)

    def evaluate(self, expression: str) -> Json:
        """Return the JSON value of a JavaScript expression; promises are awaited."""
        answer = self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True, userGesture=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait_for(self, expression: str) -> Json:
        """Return the first truthy value of an expression; raise `TimeoutError` where there is none."""
        end = time.monotonic() + PATIENCE_S
        while not (value := self.evaluate(expression)):
            if time.monotonic() > end:
                raise TimeoutError(f"never true on the page: {expression}")
            time.sleep(0.01)
        return value

    def open(self, url: str) -> None:
        """Load a page and wait for its scripts."""
        self.send("Page.navigate", url=url)
        self.wait_for(f"location.href == {json.dumps(url)} && document.readyState == 'complete'")

    def choose_file(self, selector: str, *paths: Path) -> None:
        """Put files into a file input, as a person's file dialog does."""
        root = self.send("DOM.getDocument")["root"]["nodeId"]
        node = self.send("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.send("DOM.setFileInputFiles", nodeId=node, files=[str(path) for path in paths])

    def click(self, selector: str) -> None:
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

    def press(self, key: str) -> None:
        """Press and release one key, for example Tab."""
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, code=key)


@contextmanager
def new_page(profile: Path | str) -> Iterator[Page]:
    """Yield a tab of a fresh browser whose profile lives in the folder `profile`; it is closed at the end."""
    if PROGRAM is None:
        raise SystemExit("No Chromium was found; install it (Debian: apt-get install chromium).")
    command = [PROGRAM, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    with process:
        try:
            assert process.stderr
            lines = iter(process.stderr.readline, "")
            address = next(found[1] for line in lines if (found := re.search(r"listening on (ws://\S+)", line)))
            with connect(address, max_size=None, proxy=None) as socket:
                target = _send(socket, 1, "Target.createTarget", {"url": "about:blank"})["targetId"]
                attached = _send(socket, 2, "Target.attachToTarget", {"targetId": target, "flatten": True})
                yield Page(socket, attached["sessionId"])
        finally:
            process.terminate()


def _send(
    socket: ClientConnection, number: int, method: str, parameters: dict[str, Json], session: str | None = None
) -> Json:
    message = {"id": number, "method": method, "params": parameters}
    socket.send(json.dumps(message | ({"sessionId": session} if session else {})))
    while True:
        answer = json.loads(socket.recv(timeout=PATIENCE_S))
        if answer.get("id") == number:
            assert "error" not in answer, answer
            return answer["result"]
