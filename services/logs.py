"""Structured logs: one line of JSON a request, and for everything else that is worth saying.

No image, no recognised text and no file name is ever logged.
"""

import json
import logging
import sys
import time

from services.call import Call
from services.contract import HEALTH, METRICS, READY
from services.interop import READINESS, V2_LIVE

PROBES = (HEALTH, READY, METRICS, V2_LIVE, *READINESS)
"""Asked every few seconds by machines; logged only when they fail."""

REQUESTS = logging.getLogger("services.requests")


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON; the fields of a request lie under `extra={"fields": ...}`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        line: dict[str, object] = {
            "time": f"{self.formatTime(record, '%Y-%m-%dT%H:%M:%S')}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)

    converter = staticmethod(time.gmtime)


def configure(requests: bool) -> None:
    """Send what the services log to stderr, with or without a line for each request."""
    logger = logging.getLogger("services")
    if not any(isinstance(handler.formatter, JsonFormatter) for handler in logger.handlers):
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonFormatter())
        logger.addHandler(handler)
        logger.propagate = False
    REQUESTS.setLevel(logging.INFO if requests else logging.WARNING)


def log_request(call: Call, status: int, received: int, sent: int, seconds: float) -> None:
    """Log one answered request.

    Args:
        call: the request.
        status: of the answer.
        received: bytes of the request's body.
        sent: bytes of the answer's body.
        seconds: from arrival to answer, or to the last event of a stream.
    """
    if not REQUESTS.isEnabledFor(logging.INFO) or (status == 200 and call.route in PROBES):
        return
    stages = {**call.stages}  # of a request that is late a thread may read on, and add to them
    fields = {
        "request_id": call.request_id,
        "method": call.method,
        "route": call.route,
        "status": status,
        "ms": round(seconds * 1e3, 2),
        "received": received,
        "sent": sent,
        **({"code": call.code} if call.code else {}),
        **({"cache": call.cache} if call.cache else {}),
        **({"files": call.files} if call.files else {}),
        **({"stages_ms": {stage: round(ms, 2) for stage, ms in stages.items()}} if stages else {}),
    }
    REQUESTS.info("request", extra={"fields": fields})
