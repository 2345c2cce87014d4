"""The command line: parses, calls a story, prints; no rules, no SQL. One file per command."""
