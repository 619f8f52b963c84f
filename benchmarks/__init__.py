"""Measurements: speed and errors beside other engines, what the services cost and promise. No package imports them."""
