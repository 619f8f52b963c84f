"""The promises of the services under load, measured: one module for each kind, run by `make reliability`."""
