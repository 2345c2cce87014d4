"""Field mapping: a CRM's record as a lead, its activities as kinds, a score card as the values to write.

A mapping file is data (`mappings/hubspot.yaml`). `parse_mapping` checks it against the vocabulary, `bind` fits it to
the properties one account really has, and the bound mapping turns records into leads. See docs/mapping.md.
"""

from __future__ import annotations

from connector.core.mapping.activities import MappedActivity
from connector.core.mapping.binding import bind, wanted_fields
from connector.core.mapping.bound import BoundMapping
from connector.core.mapping.crm_mapping import CrmMapping, MappingRefused
from connector.core.mapping.differences import differences, reads_otherwise
from connector.core.mapping.document import from_document, to_document
from connector.core.mapping.drifting import drift
from connector.core.mapping.fields import BoundField
from connector.core.mapping.parsing import parse_mapping
from connector.core.mapping.records import map_activity, map_record, score_values, signal_activities
from connector.core.mapping.score_fields import BESIDE_VALUES

__all__ = [
    "BESIDE_VALUES",
    "BoundField",
    "BoundMapping",
    "CrmMapping",
    "MappedActivity",
    "MappingRefused",
    "bind",
    "differences",
    "drift",
    "from_document",
    "map_activity",
    "map_record",
    "parse_mapping",
    "reads_otherwise",
    "score_values",
    "signal_activities",
    "to_document",
    "wanted_fields",
]
