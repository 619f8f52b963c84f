"""The OpenAPI document is true: schemathesis asks both real servers for what it allows, and for what it forbids."""

import os

import pytest
import schemathesis
from hostile_wire import IMAGE
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from odd_images import LINE, encode
from real_servers import SERVICES
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.transport.serialization import Binary
from serving import PATIENCE_S

from services.openapi import DOCUMENT

CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 300 if os.environ.get("HOSTILE") == "full" else 25
PICTURES = [IMAGE[:2000], encode(LINE.crop((0, 0, 64, 46)), "JPEG"), encode(LINE.resize((9, 9)), "GIF")]

schemathesis.openapi.format("binary", st.sampled_from(PICTURES).map(Binary) | st.binary(max_size=99).map(Binary))
OPERATIONS = {
    result.ok().label: result.ok() for result in schemathesis.openapi.from_dict(DOCUMENT).get_all_operations()
}
ASKED = [(label, GenerationMode.POSITIVE) for label in OPERATIONS]
ASKED += [(label, GenerationMode.NEGATIVE) for label, operation in OPERATIONS.items() if operation.body]
"""What is asked: all that is allowed, and what is forbidden where a body can be wrong."""


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(("label", "mode"), ASKED, ids=lambda value: getattr(value, "value", value))
def test_document_is_true(label, mode, service, servers):
    operation = OPERATIONS[label]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case):
        answer = case.call(base_url=servers[service].address, timeout=PATIENCE_S)
        # 503 and 504 are documented, and a deadline of 1 ms asks for the latter
        checks = CHECKS if answer.status_code in (503, 504) else [not_a_server_error, *CHECKS]
        case.validate_response(answer, checks=checks)

    ask()
