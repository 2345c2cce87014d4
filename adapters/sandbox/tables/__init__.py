"""The store's tables, one module each: SQL here and nowhere else."""
