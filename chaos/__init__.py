"""``python -m chaos``: programs are killed under load, and every message, entry, event and job is counted afterwards."""
