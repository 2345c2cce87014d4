"""The HTTP side of the Salesforce sandbox: gate, records, queries, composites, OAuth."""
