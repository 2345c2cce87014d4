"""Chaos: processes are killed at random while the whole river runs, and then everything is counted and compared."""
