"""The models that come with the package."""

import hashlib
import json
from importlib import resources
from pathlib import Path

from ocr_core.errors import ModelFileError

MANIFEST = "manifest.json"
"""Lists the files of `models` with their SHA-256."""


def shipped_model(name: str) -> Path:
    """Return the path of a model in `models`, once its bytes agree with the manifest."""
    folder = Path(str(resources.files("models")))
    try:
        expected = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))[name]["sha256"]
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    except (OSError, ValueError, KeyError) as error:
        raise ModelFileError(f"The shipped model {name} or its entry in {MANIFEST} is missing.") from error
    if found != expected:
        raise ModelFileError(f"The shipped model {name} is damaged: its SHA-256 is not that of {MANIFEST}.")
    return folder / name
