"""Requests that no good client sends, as the bytes that go over the wire, and what must be answered."""

from hostile_bodies import hostile_bodies
from hostile_heads import hostile_heads


def hostile_requests():
    """Return {name: Hostile}."""
    return {**hostile_heads(), **hostile_bodies()}
