"""Bulk API 2.0: query jobs and ingest jobs over CSV."""
