"""Hostile PDFs: an answer or a refusal within seconds, and never more of this process than before."""

import resource
import time

import cv2
import numpy as np
import pytest
from hostile_pdfs import READ, REFUSED, hostile_pdfs

from ocr_core.document import opened, read_document
from ocr_core.errors import OcrError
from ocr_core.types import PageResult, Timings

PDFS = hostile_pdfs()
PATIENCE_S = 1.5
MEMORY_MIB = 300


class Looker:
    """A `PageReader` that decodes and reads nothing."""

    name = "looker"

    def read(self, data, options=None, *, deadline=None, progress=None):
        height, width = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).shape[:2]
        return PageResult((), width, height, self.name, Timings(0, 0, 0, 0))


def most_memory_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.parametrize("name", PDFS)
def test_a_hostile_pdf_is_read_or_refused(name):
    before, deadline = most_memory_mib(), time.monotonic() + PATIENCE_S
    try:
        with opened(PDFS[name], deadline=deadline) as source:
            read_document(Looker(), source, max_pages=100, deadline=deadline)
        code = READ
    except OcrError as error:
        code = error.code
    assert code in (READ, *REFUSED)
    assert time.monotonic() < deadline + 60  # it was given up, however busy the machine is
    assert most_memory_mib() - before < MEMORY_MIB
