"""Times in one zone, as people there read them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


class LocalTimes:
    """Milliseconds since 1970 in words. `zone` is an IANA name."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)

    def local(self, ms: int) -> datetime:
        """The time there."""
        return datetime.fromtimestamp(ms / 1000, UTC).astimezone(self._zone)

    def midnight(self, day: date) -> int:
        """When a day begins there, in milliseconds since 1970."""
        return round(datetime(day.year, day.month, day.day, tzinfo=self._zone).timestamp() * 1000)

    def moment(self, ms: int) -> str:
        """``Nov 20, 2026, 3:04 PM``."""
        return f"{self.day(ms)}, {self.hour(ms)}"

    def hour(self, ms: int) -> str:
        """``3:04 PM``."""
        local = self.local(ms)
        return f"{local.hour % 12 or 12}:{local.minute:02d} {'AM' if local.hour < 12 else 'PM'}"

    def day(self, ms: int) -> str:
        """``Nov 20, 2026``."""
        return day_in_words(self.local(ms).date())

    def month(self, ms: int) -> str:
        """``November 2026``."""
        return self.local(ms).strftime("%B %Y")


def day_in_words(day: date) -> str:
    """``Nov 20, 2026``."""
    return f"{day.strftime('%b')} {day.day}, {day.year}"
