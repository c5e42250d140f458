"""Exports of the message log as files: where they lie and how they are written."""
