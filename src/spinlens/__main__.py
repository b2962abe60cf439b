"""`python -m spinlens` is the command line."""

from spinlens.cli import main

main()
