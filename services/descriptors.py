"""How many connections a process can hold: each needs a descriptor, and so do files, pipes and the cache."""

import resource

from services.settings import Settings

SPARE = 64
"""Descriptors for what is no connection."""

SPARE_OF_READING = 8
"""Descriptors for each reading at once: pipes to the process that draws a PDF, a connection to Redis."""


def room_for_connections(settings: Settings) -> int:
    """Raise the limit of descriptors as far as the process may, and return how many connections to hold.

    That is `Settings.connections`, or fewer where the limit is too low: without a descriptor a server closes what
    comes, whoever has made it.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:  # 1,024 in many places, for programs of old that use select(2)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard == resource.RLIM_INFINITY:
        return settings.connections
    spare = SPARE + SPARE_OF_READING * settings.threads
    return max(1, min(settings.connections, hard - spare))
