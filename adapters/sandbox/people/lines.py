"""The six product lines: who asks for them, what they cost and which page describes them."""

from __future__ import annotations

from typing import NamedTuple


class ProductLine(NamedTuple):
    """A product line as this agency's market sees it; money in USD, ages in years."""

    key: str
    label: str
    page: str
    share: int
    """How many of a hundred leads ask for it."""
    age_mean: float
    age_spread: float
    age_range: tuple[int, int]
    """The youngest and oldest who ask at all."""
    ideal_ages: tuple[int, int]
    """Ages that buy best."""
    income_median: int
    coverages: tuple[int, ...]
    premiums: tuple[int, int]
    """A year's premium, usual low and high."""
    days_to_close: int
    """Usual days from first talk to a decision."""


LINES = (
    ProductLine(
        key="term_life",
        label="Term Life",
        page="/products/term-life",
        share=24,
        age_mean=39,
        age_spread=9,
        age_range=(19, 74),
        ideal_ages=(25, 55),
        income_median=84_000,
        coverages=(250_000, 500_000, 500_000, 750_000, 1_000_000),
        premiums=(320, 1_450),
        days_to_close=24,
    ),
    ProductLine(
        key="whole_life",
        label="Whole Life",
        page="/products/whole-life",
        share=12,
        age_mean=46,
        age_spread=12,
        age_range=(20, 80),
        ideal_ages=(30, 60),
        income_median=92_000,
        coverages=(25_000, 50_000, 100_000, 250_000),
        premiums=(900, 4_800),
        days_to_close=30,
    ),
    ProductLine(
        key="medicare_supplement",
        label="Medicare Supplement",
        page="/products/medicare-supplement",
        share=18,
        age_mean=67.5,
        age_spread=4.5,
        age_range=(58, 91),
        ideal_ages=(64, 75),
        income_median=47_000,
        coverages=(),
        premiums=(1_250, 2_900),
        days_to_close=15,
    ),
    ProductLine(
        key="personal_auto",
        label="Personal Auto",
        page="/products/personal-auto",
        share=22,
        age_mean=39,
        age_spread=13,
        age_range=(18, 86),
        ideal_ages=(25, 65),
        income_median=66_000,
        coverages=(100_000, 300_000, 500_000),
        premiums=(900, 2_700),
        days_to_close=8,
    ),
    ProductLine(
        key="home",
        label="Home",
        page="/products/home",
        share=14,
        age_mean=45,
        age_spread=12,
        age_range=(23, 85),
        ideal_ages=(30, 65),
        income_median=98_000,
        coverages=(250_000, 350_000, 450_000, 600_000),
        premiums=(1_100, 4_200),
        days_to_close=12,
    ),
    ProductLine(
        key="commercial_general_liability",
        label="Commercial General Liability",
        page="/products/commercial-general-liability",
        share=10,
        age_mean=46,
        age_spread=10,
        age_range=(23, 76),
        ideal_ages=(30, 65),
        income_median=118_000,
        coverages=(1_000_000, 1_000_000, 2_000_000),
        premiums=(1_400, 16_000),
        days_to_close=28,
    ),
)

LINE_BY_KEY = {line.key: line for line in LINES}
