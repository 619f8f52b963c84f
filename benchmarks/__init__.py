"""Measurements of speed beside other engines; they print ratios, and nothing depends on them."""
