"""Measurements: speed and errors beside other engines, and what the services cost. Nothing else imports them."""
