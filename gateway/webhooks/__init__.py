"""Telling customers' servers what happened: Standard Webhooks 1.0.0, delivered at least once.

`event_types` what can be told · `addresses` where it may go · `signing` how it is signed · `schedule` when it is tried
again · `sender` one attempt · `fairness` who goes first · `dispatcher` all of it, in the worker.
"""
