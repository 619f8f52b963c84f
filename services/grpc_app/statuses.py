"""An answer of the contract -> the status of a call, with the details of google.rpc (AIP-193)."""

import json

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from services.contract import Answer, NotReady

DOMAIN = "ocr-pair"
"""Where the reasons of `ErrorInfo` are defined."""

DETAILS = "grpc-status-details-bin"
"""Metadata under which clients find the `Status`, by the convention of grpcio-status."""

CODES = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    401: grpc.StatusCode.UNAUTHENTICATED,
    406: grpc.StatusCode.INVALID_ARGUMENT,
    408: grpc.StatusCode.DEADLINE_EXCEEDED,
    413: grpc.StatusCode.INVALID_ARGUMENT,
    415: grpc.StatusCode.INVALID_ARGUMENT,
    422: grpc.StatusCode.INVALID_ARGUMENT,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    500: grpc.StatusCode.INTERNAL,
    503: grpc.StatusCode.RESOURCE_EXHAUSTED,
    504: grpc.StatusCode.DEADLINE_EXCEEDED,
}
"""The status code of each HTTP status. What is too large never becomes smaller, so 413 asks for no second try."""


def code_of(status: int, code: str) -> grpc.StatusCode:
    """Return the status code that stands for the HTTP status and the identifier of an error.

    A service that is not ready is UNAVAILABLE, which balancers and retrying clients take to another one.
    """
    return grpc.StatusCode.UNAVAILABLE if code == NotReady.code else CODES[status]


def number_of(code: grpc.StatusCode) -> int:
    """Return the number of a status code, as google.rpc.Code has it."""
    number: int = code.value[0]
    return number


def status_of(answer: Answer) -> Status:
    """Return what a caller is told of a failed call: code, sentence, identifier, and when to try again."""
    content = json.loads(answer.body)
    details: list[Message] = [ErrorInfo(reason=answer.code.upper(), domain=DOMAIN)]
    if (retry_after := answer.headers.get("Retry-After")) is not None:
        details.append(RetryInfo(retry_delay=Duration(seconds=int(retry_after))))
    status = Status(code=number_of(code_of(answer.status, answer.code)), message=content["error"])
    for detail in details:
        packed = Any()
        packed.Pack(detail)
        status.details.append(packed)
    return status
