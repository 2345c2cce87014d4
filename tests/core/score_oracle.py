"""A second, slow reading of docs/scoring.md: one lead at a time, plain Python, nothing shared with the evaluator.

Only the shapes of the model and of leads are the product's own. Ends in (id, points) pairs; of the texts only the dates
are read here.
"""

# ruff: noqa: C901, PLR0911, PLR0912, PLR0915  # meant to be read from top to bottom, beside docs/scoring.md

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from connector.core.model import (
    AllOf,
    AnyOf,
    Bands,
    Count,
    DaysAhead,
    Is,
    Model,
    Not,
    NumberIn,
    StartsWith,
    WordHas,
    WordIn,
)
from connector.core.types import Activity, Group, Lead, Stage
from connector.core.vocabulary import Vocabulary


def holds(condition, lead: dict, today: date) -> bool | None:
    match condition:
        case AllOf(parts):
            found = [holds(part, lead, today) for part in parts]
            return False if False in found else None if None in found else True
        case AnyOf(parts):
            found = [holds(part, lead, today) for part in parts]
            return True if True in found else None if None in found else False
        case Not(part):
            found = holds(part, lead, today)
            return None if found is None else not found
    value = lead.get(condition.field)
    if value is None:
        return None
    match condition:
        case NumberIn(_, low, high):
            return low <= value <= high
        case DaysAhead(_, low, high):
            return low <= (date.fromisoformat(value) - today).days <= high
        case Is(_, wanted):
            return value is wanted
        case WordIn(_, words, wanted):
            return (value.casefold() in words) is wanted
        case WordHas(_, parts):
            return any(part in value.casefold() for part in parts)
        case StartsWith(_, prefixes):
            return value.startswith(prefixes)


def oracle(model: Model, words: Vocabulary, zone: ZoneInfo, lead: Lead, activities: list[Activity], as_of: datetime):
    """Score, stage, product line, lines as (id, points) and the ids of the reasons."""
    day = lambda at: datetime.fromtimestamp(at, zone).date()  # noqa: E731
    today, now = as_of.astimezone(zone).date(), as_of.timestamp()
    held = lead.held_at is not None and lead.held_at <= now
    if lead.created_at > now:
        return 0, Stage.NONE, None, {"hold": 0} if held else {}, ["hold"] if held else []
    fields = dict(lead.fields)
    if "age" not in fields and "date_of_birth" in fields:
        born = date.fromisoformat(fields["date_of_birth"])
        fields["age"] = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    seen: dict[str, Activity] = {}
    for act in activities:
        if act.lead_id == lead.id and act.at <= now:
            seen[act.source_id] = act
    acts = sorted(seen.values(), key=lambda act: act.at)

    moments = sorted([lead.created_at] + [act.at for act in acts if words.kinds[act.kind].by_lead])
    counted_from = float("-inf")
    for before, after in pairwise(moments):
        if model.reset_days is not None and (day(after) - day(before)).days >= model.reset_days:
            counted_from = after
    silence = (today - day(moments[-1])).days

    def found(criterion):
        """Points and when."""
        rule = criterion.rule
        if isinstance(rule, Bands):
            value = fields.get(rule.field)
            return next(
                (band.points for band in rule.bands if value is not None and band.low <= value <= band.high), 0
            ), 0
        if hasattr(rule, "condition"):
            return rule.points * (holds(rule.condition, fields, today) is True), 0
        mine = [act for act in acts if act.kind in rule.kinds]
        if rule.within_days is not None:
            mine = [act for act in mine if (today - day(act.at)).days <= rule.within_days]
        if criterion.group is Group.ENGAGEMENT:
            mine = [act for act in mine if act.at >= counted_from]
        if rule.count is Count.IN_ONE_CAMPAIGN:
            mine = [act for act in mine if act.campaign]
            sizes = Counter(act.campaign for act in mine)
            mine = [act for act in mine if sizes[act.campaign] >= rule.times]
        if len(mine) >= rule.times:
            return rule.points * min(len(mine), rule.up_to), mine[-1].at
        if rule.or_when and holds(rule.or_when, fields, today):
            return rule.points, 0
        return 0, 0

    def fit(line):
        return sum(found(each)[0] for each in line.criteria if each.group is Group.FIT)

    line = next((line for line in model.product_lines if line.id == fields.get("product_interest")), None)
    line = line or max(model.product_lines, key=fit)
    lines, when, total = {}, {}, 0
    for group in Group:
        subtotal = 0
        for each in (*model.criteria, *line.criteria):
            if each.group is group:
                points, when[each.id] = found(each)
                lines[each.id] = points
                subtotal += points
        cap = model.caps.get(group)
        if cap is not None:
            kept = max(cap, subtotal) if group is Group.NEGATIVE else min(cap, subtotal)
            lines[f"cap:{group}"], subtotal = kept - subtotal, kept
        total += subtotal
    if total > 0 and model.reset_days is not None and silence >= model.reset_days:
        lines["reset"], total = -total, 0
    percent = max([step.percent for step in model.decay if silence >= step.days], default=0)
    if total > 0:
        lines["decay"] = -((total * percent + 50) // 100)
        total += lines["decay"]
    lines["clamp"] = min(100, max(0, total)) - total
    total += lines["clamp"]
    rule = model.hand_raiser
    raised = [
        act.at for act in acts if rule and act.kind in rule.kinds and (today - day(act.at)).days <= rule.within_days
    ]
    if raised and not (rule.unless and holds(rule.unless, fields, today)):
        floor = {Stage.SQL: model.sql, Stage.MQL: model.mql}[rule.at_least]
        lines["floor"], when["floor"] = max(0, floor - total), raised[-1]
        total = max(total, floor)
    lines = {name: points for name, points in lines.items() if points}
    stage = _stage(model, total, lead.previous_stage)
    if held:
        lines["hold"], total, stage = -total, 0, Stage.NONE
    ranked = sorted(
        lines, key=lambda name: (name != "hold", name != "reset", -abs(lines[name]), -when.get(name, 0), name)
    )
    return total, stage, line.id, lines, ranked[:3]


def date_text(at: int, zone: ZoneInfo, as_of: datetime) -> str:
    """How a line tells the day of an act or a hold."""
    day, today = datetime.fromtimestamp(at, zone).date(), as_of.astimezone(zone).date()
    return f"{day.day} {day:%b %Y}" if (today - day).days > 300 else f"{day.day} {day:%b}"


def _stage(model: Model, score: int, before: Stage | None) -> Stage:
    if score >= model.sql - model.hysteresis * (before is Stage.SQL):
        return Stage.SQL
    if score >= model.mql - model.hysteresis * (before in (Stage.SQL, Stage.MQL)):
        return Stage.MQL
    return Stage.NONE
