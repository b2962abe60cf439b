"""Scores, and the best score that any model could reach. No network library is needed."""
