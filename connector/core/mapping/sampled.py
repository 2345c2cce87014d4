"""The sampled answers of a mapped property, read and not read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from adapters.contract import CrmField, FieldType
from connector.core.mapping.binding import SUITS, read_options
from connector.core.mapping.crm_mapping import FieldMap
from connector.core.mapping.fields import BoundField, no_answer, reader
from connector.core.mapping.sample import Sample
from connector.core.mapping.transform_table import READS_ANYTHING, TRANSFORMS
from connector.core.mapping.transforms import Read


class Seen:
    """The answers of a property as its field map reads them; `exact` and `strange` are its options."""

    def __init__(self, field_map: FieldMap, live: CrmField, sample: Sample) -> None:
        self.map, self.live = field_map, live
        self.exact, self.strange = read_options(field_map, live)
        counts = Counter(value for value in sample.raw if not no_answer(value))
        self.answers: Sequence[tuple[str, int]] = counts.most_common()
        self.total = sum(counts.values())
        unbounded = self._read_by(field_map.transform)
        values = [(value, n, unbounded(value)) for value, n in self.answers]
        self.read = [(value, n, found) for value, n, found in values if found is not None]
        self.unread = [(value, n) for value, n, found in values if found is None]

    def _read_by(self, transform: str) -> Read:
        spec = replace(self.map, transform=transform, low=None, high=None)
        return reader(BoundField(spec.name, spec, self.live.name, self.live.label, self.live.type, "", self.exact))

    @property
    def suits(self) -> bool:
        """Whether the property has a type from which the field is usually read."""
        return self.live.type in SUITS[self.map.type] or self.map.transform in READS_ANYTHING

    def mend(self) -> str | None:
        """The transform that reads most of what is not read now; None where none reads any."""
        if self.map.type in ("text", "choice") or not self.unread:
            return None
        gains = {name: self._gain(name) for name, one in TRANSFORMS.items() if self.map.type in one.gives}
        best = max(gains, key=lambda name: gains[name], default=None)
        return best if best and gains[best] else None

    def _gain(self, transform: str) -> int:
        dated = self.live.type in (FieldType.DATE, FieldType.DATETIME)
        if transform == self.map.transform or (transform in READS_ANYTHING and not dated):
            return 0
        read = self._read_by(transform)
        return sum(n for value, n in self.unread if read(value) is not None)
