"""What business reviews are made of beside the rollups, the comments written for them, and the reports themselves."""
