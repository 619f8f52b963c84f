"""The face of the core: settings, one contract, and a thin adapter each for FastAPI, Flask and gRPC."""
