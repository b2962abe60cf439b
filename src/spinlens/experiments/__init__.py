"""What is run to compare networks: trials, curves, the paper's table."""
