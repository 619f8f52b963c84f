"""The HTTP face of the core: settings, one contract, and two thin adapters."""
