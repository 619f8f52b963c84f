"""Reads pictures with the Python client: python examples/client.py [ADDRESS]."""

import sys
from pathlib import Path

from ocr_pair.client import Client, LineEvent, OcrClientError

HERE = Path(__file__).parent
address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"

with Client(address) as client:
    try:
        page = client.read(HERE / "notice.png", deadline_s=10)  # asks again where the service is busy
    except OcrClientError as error:
        sys.exit(str(error))
    for line in page.results:
        print(f"{line.confidence:.2f}  {line.bbox}  {line.text}")

    for event in client.stream([HERE / "line-en.png", HERE / "line-zh.png"]):
        if isinstance(event, LineEvent):
            print(f"file {event.file + 1} of {event.files}: {event.text}")
