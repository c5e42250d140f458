"""Business reviews: what stands in one, what is worth saying of it, and the PDF made of it."""
