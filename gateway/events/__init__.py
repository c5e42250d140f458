"""Events for the operator's other programs: what they look like, and how they get to NATS."""
