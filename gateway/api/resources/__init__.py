"""One module per resource: parse, make one or two store calls, present."""
