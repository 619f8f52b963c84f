"""Health and metadata by the Open Inference Protocol, for platforms that ask every model server the same way.

https://github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md, without `infer`: images
are read at POST /ocr, and tensors in JSON would be a second contract for the same thing.
"""

from services.contract import json_answer, json_body

MODEL = "ocr"
"""The name of the one model, whatever its weights; GET /readyz and each reading tell which those are."""

V2 = "/v2"
V2_LIVE = "/v2/health/live"
V2_READY = "/v2/health/ready"
V2_MODEL = f"/v2/models/{MODEL}"
V2_MODEL_READY = f"{V2_MODEL}/ready"

SERVER = {"name": "ocr-pair", "version": "0.1.0", "extensions": []}
LIVE = {"live": True}
READY_SERVER = {"live": True, "ready": True}  # the specification's prose says `live`, servers answer `ready`
READY_MODEL = {"name": MODEL, "ready": True}
METADATA = {
    "name": MODEL,
    "platform": "onnxruntime_onnx",
    "inputs": [{"name": "file", "datatype": "BYTES", "shape": [1]}],
    "outputs": [{"name": "text", "datatype": "BYTES", "shape": [1]}],
}

FIXED = {path: json_answer(json_body(body)) for path, body in ((V2, SERVER), (V2_LIVE, LIVE), (V2_MODEL, METADATA))}
"""The answers that do not change while a process runs."""

READINESS: dict[str, dict[str, object]] = {V2_READY: {**READY_SERVER}, V2_MODEL_READY: {**READY_MODEL}}
"""What is answered where images are read now; where they are not, the answer is that of GET /readyz."""
