"""The cellar: tables, queries, migrations. Every query has the tenant in hand."""
