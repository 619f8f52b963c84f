"""What the service answers when it is alone: the text that every answer under load must repeat."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence

from locustfiles.samples import CONTENT_TYPE, Sample

TIMEOUT_S = 30
"""Seconds until a single request counts as failed."""

# a proxy between the test and a service on the same machine would be measured too
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class VerificationError(Exception):
    """The service does not read the samples even without load; the message says which and how."""


def expected_texts(host: str, samples: Sequence[Sample]) -> dict[str, str]:
    """Return the text that the service at `host` reads on each sample, by the sample's name.

    Raises:
        VerificationError: a request fails, or no clean line is read as it was drawn.
    """
    texts = {sample.name: text_of(host, sample) for sample in samples}
    check_truth(samples, texts)
    return texts


def check_truth(samples: Sequence[Sample], texts: Mapping[str, str]) -> None:
    """Raise `VerificationError` unless the text of at least one clean sample is in its answer.

    One is enough: this tells a service that reads from one that answers anything, and is no measure of
    the recogniser. White space and case do not count.
    """
    clean = [sample for sample in samples if sample.clean]
    if not any(_squeeze(sample.text) in _squeeze(texts[sample.name]) for sample in clean):
        first = clean[0]
        raise VerificationError(f"No clean sample is read: {first.text!r} came back as {texts[first.name]!r}.")


def compare(status: int, body: str | None, expected: str) -> str:
    """Return what is wrong with an answer, or "" if it is the expected one."""
    if status != 200:
        return f"status {status}"
    try:
        text = json.loads(body or "")["text"]
    except (ValueError, KeyError, TypeError):
        return "the answer is no JSON object with a text"
    return compare_text(text, expected)


def compare_text(text: str, expected: str) -> str:
    """Return what is wrong with the text of an answer, or "" if it is the expected one."""
    return "" if text == expected else f"wrong text: {text!r} instead of {expected!r}"


def text_of(host: str, sample: Sample) -> str:
    """Return the text that the service at `host` answers for a sample; raise `VerificationError` if it does not."""
    request = urllib.request.Request(f"{host}/ocr", sample.body, {"Content-Type": CONTENT_TYPE})
    try:
        with DIRECT.open(request, timeout=TIMEOUT_S) as response:
            return str(json.load(response)["text"])
    except urllib.error.HTTPError as error:
        with error:
            raise VerificationError(f"{sample.name} was answered with status {error.code}.") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise VerificationError(f"{sample.name} was not answered: {error!r}.") from error


def _squeeze(text: str) -> str:
    """Return `text` in lower case without white space."""
    return re.sub(r"\s+", "", text).lower()
