"""Properties as people name them: by the label they know from the CRM, or by the API name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from adapters.contract import CrmField
from connector.core.mapping.transforms import normal
from connector.flows.mapping_edits import EditRefused


def shown_names(fields: Sequence[CrmField]) -> dict[str, str]:
    """What each property is called in a list, by API name: its label, with the API name where others share it."""
    labels = Counter(normal(field.label) for field in fields)
    names = {normal(field.name) for field in fields}
    return {
        field.name: field.label
        if labels[normal(field.label)] == 1
        and (normal(field.label) not in names or normal(field.name) == normal(field.label))
        else f"{field.label} ({field.name})"
        for field in fields
    }


def property_named(text: str, fields: Sequence[CrmField]) -> CrmField | None:
    """The property somebody means: by API name, by what `shown_names` calls it, then without regard to marks."""
    live = {field.name: field for field in fields}
    if text in live:
        return live[text]
    shown = {name: live[api] for api, name in shown_names(fields).items()}
    if text in shown:
        return shown[text]
    similar = {normal(name): field for name, field in shown.items()}
    similar |= {normal(field.name): field for field in fields}
    return similar.get(normal(text)) if normal(text) else None


def resolved(edits: Mapping[str, str], fields: Sequence[CrmField]) -> dict[str, str]:
    """The edits with API names for properties. Raises `EditRefused` where nobody has such a property.

    Where the CRM gave no list, what was typed is taken for an API name; publishing checks it.
    """
    found, problems = dict(edits), {}
    for path, text in edits.items():
        if not (path.endswith((".from", ".confirmed")) and text and fields):
            continue
        if (field := property_named(text, fields)) is None:
            near = get_close_matches(text, list(shown_names(fields).values()), n=1)
            mend = f"Did you mean “{near[0]}”?" if near else "Choose one from the list."
            problems[path] = f"The CRM has no property “{text[:80]}”. {mend}"
        else:
            found[path] = field.name
    if problems:
        raise EditRefused(problems)
    return found
