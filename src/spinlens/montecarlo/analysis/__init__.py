"""What series and samples tell: errors, reweighting, tests of equilibrium."""
