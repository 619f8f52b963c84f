"""Certificates of the port: read again at each handshake, so that a renewed one needs no restart."""

import grpc

from services.settings import Settings, SettingsError

Certificates = tuple[bytes, bytes, bytes | None]
"""Key, chain, and the authority of the callers, each PEM."""


def credentials(settings: Settings) -> grpc.ServerCredentials | None:
    """Return what the port is secured with; None for a port without TLS.

    Raises `SettingsError` if a file is missing that the others need.
    """
    if settings.grpc_tls_cert is None or settings.grpc_tls_key is None:
        if any((settings.grpc_tls_cert, settings.grpc_tls_key, settings.grpc_tls_client_ca)):
            raise SettingsError("TLS needs a certificate and its key; set OCR_GRPC_TLS_CERT and OCR_GRPC_TLS_KEY")
        return None
    known = _read(settings)

    def renewed() -> grpc.ServerCertificateConfiguration | None:
        nonlocal known
        try:
            found = _read(settings)
        except OSError:  # they are being replaced
            return None
        if found == known:
            return None
        known = found
        return _configuration(found)

    return grpc.dynamic_ssl_server_credentials(
        _configuration(known),
        renewed,  # type: ignore[arg-type]  # None tells that nothing has changed; its types do not know
        require_client_authentication=settings.grpc_tls_client_ca is not None,
    )


def _read(settings: Settings) -> Certificates:
    assert settings.grpc_tls_key
    assert settings.grpc_tls_cert
    authority = settings.grpc_tls_client_ca
    return (
        settings.grpc_tls_key.read_bytes(),
        settings.grpc_tls_cert.read_bytes(),
        authority.read_bytes() if authority else None,
    )


def _configuration(found: Certificates) -> grpc.ServerCertificateConfiguration:
    key, chain, authority = found
    return grpc.ssl_server_certificate_configuration([(key, chain)], authority)
