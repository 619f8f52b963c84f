"""Starts the gRPC service: `python -m services.grpc_app`."""

import sys
from importlib.util import find_spec

if __name__ == "__main__":
    if not all(map(find_spec, ("grpc", "grpc_health", "grpc_reflection", "google.rpc"))):
        sys.exit("The gRPC service needs more packages; install them with: pip install 'ocr-pair[grpc]'")
    from services.grpc_app.server import main

    main()
