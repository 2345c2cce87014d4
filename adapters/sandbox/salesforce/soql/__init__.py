"""SOQL, the vendor's query language, over the org's tables."""

from adapters.sandbox.salesforce.soql.errors import SoqlError
from adapters.sandbox.salesforce.soql.flat import Flat, run_flat
from adapters.sandbox.salesforce.soql.parsing import parse
from adapters.sandbox.salesforce.soql.running import Rows, run

__all__ = ["Flat", "Rows", "SoqlError", "parse", "run", "run_flat"]
