"""Ways out of the platform: the port carriers are used through, and its adapters."""
