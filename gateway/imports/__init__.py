"""Bring messages in from files: Kannel access logs, CSV and Parquet.

The parsers (`kannel`, `kannel_format`, `tabular`) are pure: bytes in, records or reasons out. `runner` streams files
through them, `book` joins receipts with messages, `gateway.store.imports` writes a chunk in one transaction.
"""
