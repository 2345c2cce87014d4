"""FORMAT(): values as a person of the locale en_US reads them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from adapters.sandbox.salesforce.catalog.model import Field


def formatted(field: Field, value: Any) -> str | None:  # noqa: PLR0911 (one answer a type)
    """The stored value as text; None when it is empty."""
    if value is None:
        return None
    match field.type:
        case "currency":
            return f"${value:,.{field.scale}f}"
        case "percent":
            return f"{value:g}%"
        case "int" | "double":
            return f"{value:,.{field.scale}f}"
        case "date":
            day = date.fromisoformat(value)
            return f"{day.month}/{day.day}/{day.year}"
        case "datetime":
            return _moment(value)
        case _:
            return str(value)


def _moment(value: int) -> str:
    at = datetime.fromtimestamp(value / 1000, UTC)
    return f"{at.month}/{at.day}/{at.year}, {at.hour % 12 or 12}:{at.minute:02} {'AM' if at.hour < 12 else 'PM'}"
