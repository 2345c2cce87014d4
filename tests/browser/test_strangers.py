"""Two agencies in one house: numbers of the other's rows, guessed in an address, lead nowhere."""

from __future__ import annotations

from playwright.sync_api import Browser

from connector.core.types import Tier
from connector.flows.hook_trial import State
