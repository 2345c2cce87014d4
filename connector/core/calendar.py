"""Whole calendar days in a tenant's time zone.

A day is a number, 0 being 1970-01-01; an instant is whole seconds since 1970 UTC. Days are told apart by the local
date, so the day a clock is put forward counts as one day, like every other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from connector.core.columns import EPOCH_ORDINAL, Floats, Ints

_DAY = 86_400
_MARGIN = 3
NEAR = 300
"""Days: well under a year, so that two dates written alike are never a year apart."""
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # wall-clock arithmetic; the zone is put on afterwards
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class LocalCalendar:
    """Days of one time zone. Remembers where days start, so asking again is cheap."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self._table: tuple[int, Ints] = (0, np.zeros(0, dtype=np.int64))

    def day_of(self, instant: int) -> int:
        """The local day of an instant."""
        return datetime.fromtimestamp(instant, self.zone).toordinal() - EPOCH_ORDINAL

    def start_of(self, day: int) -> int:
        """The first instant of a local day. Where clocks jump over midnight, the day starts at the jump."""
        return int((_EPOCH + timedelta(days=day)).replace(tzinfo=self.zone).timestamp())

    def days_of(self, instants: Ints) -> Ints:
        """The local day of each instant."""
        if not len(instants):
            return instants
        first, starts = self._starts_between(int(instants.min()), int(instants.max()))
        place = (instants - starts[_MARGIN]) // _DAY + _MARGIN
        while (step := (instants >= starts[place + 1]).astype(np.int64) - (instants < starts[place])).any():
            place += step
        days: Ints = place + first
        return days

    def _starts_between(self, low: int, high: int) -> tuple[int, Ints]:
        """The first day of a table, and the starts of its days, which reach some days beyond both instants."""
        first, starts = self._table
        if not len(starts) or low < starts[_MARGIN] or high >= starts[-_MARGIN]:
            days = [self.day_of(low) - _MARGIN - 1, self.day_of(high) + _MARGIN + 1]
            if len(starts):
                days += [first, first + len(starts) - 1]
            first = min(days)
            starts = np.array([self.start_of(day) for day in range(first, max(days) + 1)], dtype=np.int64)
            self._table = first, starts
        return first, starts


@dataclass(frozen=True, slots=True)
class AsOf:
    """The time a score is for, in a tenant's calendar: the instant, and the local day it falls on."""

    instant: int
    today: int
    calendar: LocalCalendar

    @classmethod
    def of(cls, time: datetime, calendar: LocalCalendar) -> AsOf:
        """From an aware time. Raises `ValueError` for one without a zone, because nobody could tell its day."""
        if time.tzinfo is None:
            raise ValueError("as_of needs a time zone, such as datetime(2026, 11, 22, tzinfo=UTC)")
        instant = int(time.timestamp() // 1)
        return cls(instant, calendar.day_of(instant), calendar)

    def start_of_day(self, days_ago: int) -> int:
        """The first instant of the local day that many days ago; 0 is today."""
        return self.calendar.start_of(self.today - days_ago)


def needs_year(day: int, today: int) -> bool:
    """Whether a day lies so far back that its date alone could be taken for a later year's."""
    return today - day > NEAR


def day_text(day: int, today: int) -> str:
    """A day as people write it: ``20 Nov``, or ``28 Oct 2025`` when it lies more than 300 days before `today`.

    So a text changes on one night of its life, and not every night.
    """
    shown = date.fromordinal(day + EPOCH_ORDINAL)
    year = f" {shown.year}" if needs_year(day, today) else ""
    return f"{shown.day} {_MONTHS[shown.month - 1]}{year}"


def ages_on(day: int, birth_days: Floats) -> Floats:
    """Age in whole years on a day, for days of birth; NaN stays NaN. Born on 29 February: a year older on 1 March."""
    known = ~np.isnan(birth_days)
    born = np.where(known, birth_days, 0).astype("datetime64[D]")
    months = born.astype("datetime64[M]")
    keys = months.astype(np.int64) * 32 + (born - months).astype(np.int64)
    today = np.datetime64(day, "D")
    month = today.astype("datetime64[M]")
    key = int(month.astype(np.int64)) * 32 + int((today - month).astype(np.int64))
    ages: Floats = np.where(known, (key - keys) // (12 * 32), np.nan)
    return ages


def birthdays(birth_days: Floats, ages: Floats) -> Floats:
    """The day on which somebody is that old, as `ages_on` counts; NaN where either is not known or not finite."""
    known = np.isfinite(birth_days) & np.isfinite(ages)
    born = np.where(known, birth_days, 0).astype("datetime64[D]")
    months = born.astype("datetime64[M]")
    turned = (months + 12 * np.where(known, ages, 0).astype(np.int64)).astype("datetime64[D]") + (born - months)
    days: Floats = np.where(known, turned.astype(np.int64), np.nan)
    return days
