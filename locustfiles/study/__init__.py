"""The study: one core, many servers, the same load. `python -m locustfiles.study` runs it.

It knows the servers by their commands and by HTTP only.
"""
