"""How many pages a PDF has: asked of PDFium in one process for all files, since a broken file may end it."""

import faulthandler
import os
import resource
from collections.abc import Callable

from ocr_core.bulk.inputs import Content, file_bytes
from ocr_core.bulk.local_pool import LocalPool
from ocr_core.errors import InputError
from ocr_core.pdf_input import MEMORY

PATIENCE_S = 30.0
"""Seconds that a file is given."""


class PageCounter:
    """Counts pages. Belongs to one thread; use it as a context. Its process is started when it is needed."""

    def __init__(self) -> None:
        self._pool: LocalPool[Content, int] | None = None

    def __enter__(self) -> "PageCounter":
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.__exit__()

    def pages(self, content: Content) -> int:
        """Return how many pages a PDF has, at least 1: so many too if it cannot be opened. Its reader says why."""
        if self._pool is None:
            self._pool = LocalPool(_counting, 1)
        while not self._pool.free:
            self._pool.finished(1.0)
        self._pool.submit(0, content)
        while not (finished := self._pool.finished(1.0)):
            pass
        return finished[0].result or 1


def _counting() -> Callable[[Content], int]:
    """Return what counts, in a process that is bounded in memory and time."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    silent = os.open(os.devnull, os.O_WRONLY)  # open as long as the process lives

    def pages(content: Content) -> int:
        import pypdfium2

        faulthandler.dump_traceback_later(PATIENCE_S, exit=True, file=silent)
        try:
            # of a local file PDFium reads the parts that it needs
            is_local = content.address and "://" not in content.address
            with pypdfium2.PdfDocument(content.address if is_local else file_bytes(content)) as document:
                return len(document)
        except (pypdfium2.PdfiumError, InputError, OSError, MemoryError):
            return 1
        finally:
            faulthandler.cancel_dump_traceback_later()

    return pages
