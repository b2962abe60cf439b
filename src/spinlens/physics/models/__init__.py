"""What a site holds and what a bond costs: one file a model."""
