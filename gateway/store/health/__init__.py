"""Health scores: what they are made of, the scores by day, weights, and runs that make them."""
