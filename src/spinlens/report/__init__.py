"""The paper's experiment from simulation to a page: trials, table, figures."""
