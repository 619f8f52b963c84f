"""The study: one core, many servers, the same load. `python -m locustfiles.study` runs it.

It knows the servers by their commands, by HTTP and by gRPC only.
"""
