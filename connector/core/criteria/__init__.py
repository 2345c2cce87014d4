"""Criteria at work on columns: conditions on fields, and counting activities."""
