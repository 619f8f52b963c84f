"""grpc.aio with our settings around the gRPC service: one event loop and one model in one process."""

import asyncio
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import OVERALL_HEALTH, aio
from grpc_reflection.v1alpha import reflection

from services.contract import MAX_PARTS
from services.descriptors import room_for_connections
from services.endpoint import body_limit
from services.grpc_app import create_app
from services.grpc_app.handlers import SERVICE, Handlers
from services.grpc_app.probes import Probes
from services.grpc_app.tls import credentials
from services.service import OcrService
from services.settings import Settings, SettingsError, from_environment
from services.wire import HEAD_BYTES, HEAD_S

CONNECTION_AGE_S = 300
"""Seconds after which a connection is asked to be made anew: else those of before a replica stay where they are."""

PING_AFTER_S = 60
"""Seconds of silence after which the server looks whether a caller is still there."""

LINGER_S = 1.0
"""Seconds that answers may be on their way, and streams without an end stay, when all calls are answered."""

IDENTITY_ONLY = 1
"""No compression: images are compressed, and a small message must not unfold into a large one."""


def main(factory: Callable[[Settings], OcrService] = create_app) -> None:
    """Serve until a signal ends it."""
    try:
        settings = from_environment()
        if settings.workers > 1:
            raise SettingsError(
                f"OCR_WORKERS={settings.workers}: the gRPC service is one process; start several behind a balancer"
            )
        asyncio.run(_serve(factory(settings), credentials(settings)))
    except SettingsError as error:
        sys.exit(str(error))


async def _serve(service: OcrService, secured: grpc.ServerCredentials | None) -> None:
    settings, handlers, health = service.settings, Handlers(service), aio.HealthServicer()
    room_for_connections(settings)  # raises the limit of descriptors; the C core cannot be told how many to hold
    server = grpc.aio.server(options=_options(settings))
    server.add_generic_rpc_handlers((handlers.generic(),))
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    names = (OVERALL_HEALTH, SERVICE)
    for name in names:
        await health.set(name, health_pb2.HealthCheckResponse.NOT_SERVING)
    reflection.enable_server_reflection(
        (SERVICE, health_pb2.DESCRIPTOR.services_by_name["Health"].full_name), server
    )
    stopped = _stop_at_signals(service)
    probes = _listen(server, service, secured)
    await server.start()
    loop = asyncio.get_running_loop()

    def announce() -> None:
        for name in names:
            asyncio.run_coroutine_threadsafe(health.set(name, health_pb2.HealthCheckResponse.SERVING), loop)
        at = f"{settings.host}:{settings.port}{' with TLS' if secured else ''}"
        sys.stdout.write(
            f"OCR with gRPC, {settings.size}; listens on {at}, metrics on port {settings.metrics_port}\n"
        )
        sys.stdout.flush()

    service.lifecycle.when_ready(announce)
    service.start()
    threading.Thread(target=probes.serve_forever, name="probes", daemon=True).start()
    await stopped.wait()
    await health.enter_graceful_shutdown()
    await asyncio.sleep(settings.drain_delay_s)
    await _drain(server, handlers, settings.grace_s)
    service.stop()


def _options(settings: Settings) -> list[tuple[str, int]]:
    """Return the options of the C core; see grpc/impl/channel_arg_names.h."""
    return [
        # beyond this the core refuses in its own words; up to it ours are sent
        ("grpc.max_receive_message_length", 2 * body_limit(settings)),
        ("grpc.max_send_message_length", -1),
        ("grpc.absolute_max_metadata_size", HEAD_BYTES),
        ("grpc.compression_enabled_algorithms_bitset", IDENTITY_ONLY),
        ("grpc.so_reuseport", 0),  # a port that is taken is an error, not half of the requests
        ("grpc.max_connection_age_ms", CONNECTION_AGE_S * 1000),
        # what was asked for before is answered: as many files as a stream may have, each within its deadline
        ("grpc.max_connection_age_grace_ms", (MAX_PARTS + 1) * settings.deadline_ms),
        ("grpc.server_handshake_timeout_ms", int(HEAD_S * 1000)),
        ("grpc.keepalive_time_ms", PING_AFTER_S * 1000),
        # a caller who pings while a page is read would be cut off for it: the core allows one ping in 5 minutes
        ("grpc.http2.min_ping_interval_without_data_ms", 5000),
    ]


def _stop_at_signals(service: OcrService) -> asyncio.Event:
    """Return what is set by the first signal; a second one ends the process."""
    stopped = asyncio.Event()

    def stop() -> None:
        service.lifecycle.drain()
        stopped.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    return stopped


def _listen(server: grpc.aio.Server, service: OcrService, secured: grpc.ServerCredentials | None) -> Probes:
    """Open both ports, or end the process with a sentence."""
    settings = service.settings
    address = f"[{settings.host}]:{settings.port}" if ":" in settings.host else f"{settings.host}:{settings.port}"
    try:
        probes = Probes(service)
    except OSError as error:
        raise SettingsError(
            f"OCR_METRICS_PORT={settings.metrics_port} cannot be listened on: {error.strerror}"
        ) from None
    try:
        if secured is None:
            server.add_insecure_port(address)
        else:
            server.add_secure_port(address, secured)
    except RuntimeError:
        probes.server_close()
        raise SettingsError(f"{address} cannot be listened on: is PORT={settings.port} in use?") from None
    return probes


async def _drain(server: grpc.aio.Server, handlers: Handlers, grace_s: float) -> None:
    """Close the port, answer what was accepted, and end streams without an end, such as those that watch health."""
    stopping = asyncio.ensure_future(server.stop(grace_s))
    while not stopping.done():
        await asyncio.wait((stopping,), timeout=LINGER_S)
        if not handlers.running:
            await asyncio.wait((stopping,), timeout=LINGER_S)
            break
    stopping.cancel()
    with suppress(asyncio.CancelledError):
        await stopping
    await server.stop(None)
