"""The servers that the study measures, each a process of its own. Nothing of the load generator imports them."""
