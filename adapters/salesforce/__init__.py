"""Salesforce behind the contract. BEHAVIOR.md beside this file numbers the vendor's oddities."""

from adapters.salesforce.adapter import CRM, SalesforceAdapter, factory
from adapters.salesforce.inbound import SalesforceInbound
from adapters.salesforce.tokens import provider

__all__ = ["CRM", "SalesforceAdapter", "SalesforceInbound", "factory", "provider"]
