"""How many replicas, how late, how dear: a discrete-event model of the service behind a balancer and an autoscaler.

What it is fed with is measured at the real service (`measure`), and what it says of one replica is held against
the real service (`check`). What it leaves out is in docs/scale.md.
"""
