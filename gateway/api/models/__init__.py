"""Request and response models. The published OpenAPI document is generated from these classes and nothing else."""
