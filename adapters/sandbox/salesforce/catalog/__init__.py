"""The objects of an org and their fields."""

from __future__ import annotations

from adapters.sandbox.salesforce.catalog.catalog import Catalog
from adapters.sandbox.salesforce.catalog.model import Child, Field, SObject, make_field

__all__ = ["Catalog", "Child", "Field", "SObject", "make_field"]
