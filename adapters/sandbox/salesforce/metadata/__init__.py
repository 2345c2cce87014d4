"""Metadata API (REST and SOAP deploys) and the Tooling API: custom fields and permission sets."""
