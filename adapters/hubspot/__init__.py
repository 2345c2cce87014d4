"""HubSpot behind the contract. BEHAVIOR.md beside this file numbers the vendor's oddities."""

from adapters.hubspot.adapter import CRM, HubSpotAdapter, factory
from adapters.hubspot.consent import provider
from adapters.hubspot.inbound import HubSpotInbound

__all__ = ["CRM", "HubSpotAdapter", "HubSpotInbound", "factory", "provider"]
