"""The sandbox CRM's own screens: a list of contacts, and the record page a rep works on.

Server-rendered, without JavaScript, and with nothing loaded from outside.
"""

from __future__ import annotations

from adapters.sandbox.pages.views import pages_blueprint

__all__ = ["pages_blueprint"]
