"""The gate: everything that speaks a CRM vendor's language, and nothing that knows what a score is."""
