"""Measurements, apart from the tests: nothing here passes or fails, everything is compared in one run on one machine."""
