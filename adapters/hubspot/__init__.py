"""HubSpot behind the contract. BEHAVIOR.md beside this file numbers the vendor's oddities."""

from adapters.hubspot.adapter import HubSpotAdapter, factory, provider
from adapters.hubspot.inbound import HubSpotInbound

__all__ = ["HubSpotAdapter", "HubSpotInbound", "factory", "provider"]
