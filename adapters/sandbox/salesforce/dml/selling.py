"""Opportunities: what a stage means, and the history that is always kept.

Facts: Object Reference, "Opportunity", "OpportunityStage", "OpportunityHistory": a row when the opportunity is made and
whenever Amount, Probability, StageName or CloseDate changes, with the values after the change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.sandbox.salesforce.dml.rows import Row, fetch_by, put
from adapters.sandbox.salesforce.dml.work import Draft, Work

_HISTORY = "OpportunityHistory"
_WATCHED = ("Amount", "Probability", "StageName", "CloseDate")
_KEPT = ("Amount", "CloseDate", "ExpectedRevenue", "ForecastCategory", "Probability", "StageName")


def derive_opportunities(work: Work, drafts: Sequence[Draft]) -> None:
    """IsClosed, IsWon and the forecast category from StageName; its probability, unless the caller gives another."""
    stages = _stages(work, drafts)
    for draft in drafts:
        row = draft.after
        stage = stages.get(row.get("StageName") or "", {})
        moved = row.get("StageName") != (draft.before or {}).get("StageName")
        row |= {"IsClosed": stage.get("IsClosed") or 0, "IsWon": stage.get("IsWon") or 0}
        if moved:
            _enter(row, draft.given, stage, work.now)
        row["ExpectedRevenue"] = _expected(row)


def after_opportunities(work: Work, drafts: Sequence[Draft]) -> None:
    """History rows of new opportunities and of those whose deal changed."""
    moved = [draft for draft in drafts if draft.before is None or not draft.changed.keys().isdisjoint(_WATCHED)]
    if not moved:
        return
    ids = work.org.next_ids(_HISTORY, len(moved), work.connection)
    rows = [_remembered(work, draft, key) for draft, key in zip(moved, ids, strict=True)]
    put(work.connection, _HISTORY, work.columns(_HISTORY), rows)


def _stages(work: Work, drafts: Sequence[Draft]) -> dict[str, Row]:
    asked = {draft.after.get("StageName") for draft in drafts} - {None}
    return {row["ApiName"]: row for row in fetch_by(work.connection, "OpportunityStage", "ApiName", asked)}


def _enter(row: Row, given: Mapping[str, Any], stage: Mapping[str, Any], now: int) -> None:
    row["LastStageChangeDate"] = now
    row["ForecastCategory"] = stage.get("ForecastCategory")
    if "ForecastCategoryName" not in given:
        row["ForecastCategoryName"] = stage.get("ForecastCategoryName")
    if "Probability" not in given:
        row["Probability"] = stage.get("DefaultProbability")


def _expected(row: Mapping[str, Any]) -> float | None:
    amount, probability = row.get("Amount"), row.get("Probability")
    return None if amount is None or probability is None else round(amount * probability / 100, 2)


def _remembered(work: Work, draft: Draft, key: str) -> Row:
    before = draft.before or {}
    return {name: draft.after.get(name) for name in _KEPT} | {
        "Id": key,
        "OpportunityId": draft.after["Id"],
        "PrevAmount": before.get("Amount"),
        "PrevCloseDate": before.get("CloseDate"),
        "CreatedById": work.user_id,
        "CreatedDate": work.now,
        "SystemModstamp": work.now,
        "IsDeleted": 0,
    }
