"""Whether a data set is what it says it is."""
