"""How the gRPC service is called: with the bytes of messages, whose form it tells by itself.

Server reflection (https://grpc.io/docs/guides/reflection) describes the messages, so that no code of the service is
needed here, as none is for HTTP.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import grpc
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from locustfiles.samples import Sample
from locustfiles.verification import TIMEOUT_S, VerificationError

READ = "/ocr_pair.v1.Ocr/Read"
REQUEST, RESPONSE = "ocr_pair.v1.ReadRequest", "ocr_pair.v1.ReadResponse"

OWN_CONNECTION = (("grpc.use_local_subchannel_pool", 1),)
"""By default all channels of a process to an address share one connection; the users of HTTP have one each."""

MESSAGE_BYTES = -1
"""No limit: the service has its own."""


def channel_to(host: str) -> grpc.Channel:
    """Return a channel with a connection of its own to `host`, such as http://127.0.0.1:8000."""
    options = (*OWN_CONNECTION, ("grpc.max_receive_message_length", MESSAGE_BYTES))
    return grpc.insecure_channel(urlsplit(host).netloc, options)


class Messages:
    """What is sent and what comes back, learnt from the service."""

    def __init__(self, channel: grpc.Channel) -> None:
        """Ask the service; raises `grpc.RpcError` if it does not answer, `KeyError` if it is another one."""
        pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
        self._request, self._response = (
            GetMessageClass(pool.FindMessageTypeByName(name)) for name in (REQUEST, RESPONSE)
        )

    def request(self, image: bytes) -> bytes:
        """Return the request to read an image file."""
        return self._request(image=image).SerializeToString()

    def text(self, response: bytes) -> str:
        """Return the text of a response; raises `google.protobuf.message.DecodeError` for none."""
        return str(self._response.FromString(response).page.text)


@contextmanager
def asking(host: str, sample: Sample) -> Iterator[Callable[[], str]]:
    """Yield what returns the text that the service at `host` answers for `sample`, on one connection.

    Raises:
        VerificationError: the service does not answer, also when it is asked.
    """
    try:
        with channel_to(host) as channel:
            messages, read = Messages(channel), channel.unary_unary(READ)
            request = messages.request(sample.image)
            yield lambda: messages.text(read(request, timeout=TIMEOUT_S))
    except grpc.RpcError as error:
        raise VerificationError(
            f"{sample.name} was not answered: {error.code().name}, {error.details()}"
        ) from error
