"""The org's own screens: lists, and the record page a rep works on, in the manner of Lightning.

Server-rendered, without JavaScript, and with nothing loaded from outside.
"""

from __future__ import annotations

from adapters.sandbox.salesforce.pages import record_routes  # noqa: F401 (importing it registers its routes)
from adapters.sandbox.salesforce.pages.routes import pages

__all__ = ["pages"]
