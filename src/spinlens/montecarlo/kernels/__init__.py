"""The compiled code."""
