"""SQL of webhooks: `endpoints` and `deliveries` as people see and change them, `queue` as they are worked off."""
