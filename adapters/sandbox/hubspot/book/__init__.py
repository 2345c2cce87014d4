"""The agency's people as HubSpot would hold them: one module per kind of object."""
