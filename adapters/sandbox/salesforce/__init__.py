"""Salesforce as the sandbox speaks it."""
