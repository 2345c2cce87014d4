"""Scoring models: the document people edit, checked and turned into values.

`parse_model` is the only way in. The meaning of each part stands in ``docs/scoring.md``.
"""

from __future__ import annotations

from connector.core.model.conditions import (
    AllOf,
    AnyOf,
    Condition,
    DaysAhead,
    Is,
    Known,
    Leaf,
    Not,
    NumberIn,
    StartsWith,
    WordHas,
    WordIn,
    fields_of,
)
from connector.core.model.parsing import ModelRefused, parse_model
from connector.core.model.shapes import (
    PRODUCT_INTEREST,
    Band,
    Bands,
    Count,
    Counting,
    Criterion,
    DecayStep,
    HandRaiser,
    Model,
    ProductLine,
    Profile,
    Rule,
)

__all__ = [
    "PRODUCT_INTEREST",
    "AllOf",
    "AnyOf",
    "Band",
    "Bands",
    "Condition",
    "Count",
    "Counting",
    "Criterion",
    "DaysAhead",
    "DecayStep",
    "HandRaiser",
    "Is",
    "Known",
    "Leaf",
    "Model",
    "ModelRefused",
    "Not",
    "NumberIn",
    "ProductLine",
    "Profile",
    "Rule",
    "StartsWith",
    "WordHas",
    "WordIn",
    "fields_of",
    "parse_model",
]
