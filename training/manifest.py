"""`manifest.json` beside the model files: what each is for, its size and its SHA-256."""

import hashlib
import json
from pathlib import Path

NAME = "manifest.json"


def update_manifest(path: Path, role: str) -> None:
    """Write the entry of the model file `path` into the manifest of its folder, and keep the others."""
    manifest = path.parent / NAME
    entries = json.loads(manifest.read_text(encoding="utf-8")) if manifest.exists() else {}
    data = path.read_bytes()
    entries[path.name] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "role": role}
    manifest.write_text(json.dumps(entries, indent=2, sort_keys=True) + "\n", encoding="utf-8")
