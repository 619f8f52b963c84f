"""The web page and its files, kept in memory: what is not listed at the start does not exist."""

import hashlib
from importlib.resources import files
from importlib.resources.abc import Traversable

from services.contract import HEADERS, OPENAPI, Answer, json_answer, json_body
from services.interop import FIXED
from services.openapi import DOCUMENT

POLICY = "Content-Security-Policy"
TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}
INDEX = "/static/index.html"
PAGES = {"/": INDEX, "/docs": "/static/docs.html"}


def load_assets(peer: str | None = None) -> dict[str, Answer]:
    """Return the answer of every GET path that needs no reader: the page, its files, the documents.

    The page may ask the service at the origin `peer` too, and no other.
    """
    folder = files("static")
    assets = {f"/static/{name}": _asset(name, file.read_bytes()) for name, file in _walk(folder)}
    if peer:
        assets[INDEX] = _with_peer(assets[INDEX], peer)
    pages = {path: assets[target] for path, target in PAGES.items()}
    return {**assets, **pages, **FIXED, OPENAPI: json_answer(json_body(DOCUMENT))}


def asset_answer(asset: Answer, if_none_match: str) -> Answer:
    """Return the asset, or 304 without a body where the browser's copy is the same."""
    tag = asset.headers.get("ETag")
    if tag is None or tag not in if_none_match:
        return asset
    return Answer(304, b"", {**HEADERS, POLICY: asset.headers[POLICY], "ETag": tag, "Cache-Control": "no-cache"})


def _walk(folder: Traversable, prefix: str = "") -> list[tuple[str, Traversable]]:
    found: list[tuple[str, Traversable]] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _walk(entry, f"{prefix}{entry.name}/")
        elif _suffix(entry.name) in TYPES:
            found.append((prefix + entry.name, entry))
    return found


def _with_peer(page: Answer, peer: str) -> Answer:
    """Return the page, knowing the origin of the other service and allowed to ask it."""
    told = _asset(INDEX, page.body.replace(b'name="peer" content=""', f'name="peer" content="{peer}"'.encode()))
    policy = f"{HEADERS[POLICY]}; connect-src 'self' {peer}"
    return Answer(told.status, told.body, {**told.headers, POLICY: policy})


def _suffix(name: str) -> str:
    return name.rpartition(".")[2]


def _asset(name: str, content: bytes) -> Answer:
    # no-cache: the browser keeps its copy but asks first, so that an upgrade shows at once.
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    kind = TYPES[_suffix(name)]
    return Answer(200, content, {**HEADERS, "Content-Type": kind, "ETag": tag, "Cache-Control": "no-cache"})
