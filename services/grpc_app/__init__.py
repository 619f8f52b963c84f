"""The gRPC service: the core that Flask and FastAPI have, behind the methods of `ocr.proto`.

`ocr_pb2*.py*` are generated: `python -m grpc_tools.protoc -I. --python_out=. --pyi_out=. --grpc_python_out=.
services/grpc_app/ocr.proto`. They are in the repository, so that installing and calling need no compiler.
"""

from typing import TYPE_CHECKING

from ocr_core.types import PageReader
from services.settings import Settings, from_environment

if TYPE_CHECKING:
    from services.service import OcrService


def create_app(settings: Settings | None = None, reader: PageReader | None = None) -> "OcrService":
    """Return what the server calls; it loads its model once the server starts.

    Args:
        settings: taken from the environment by default.
        reader: taken from the settings by default; tests inject theirs.
    """
    # Imported here, because importing an app must not settle how many processes share their metrics.
    from services.service import OcrService

    return OcrService(settings or from_environment(), reader)
