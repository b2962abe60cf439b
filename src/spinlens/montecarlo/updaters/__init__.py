"""Updates of a batch of replicas: one file a kind."""
