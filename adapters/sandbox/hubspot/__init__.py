"""HubSpot's HTTP API as its documents and its recorded answers show it."""
