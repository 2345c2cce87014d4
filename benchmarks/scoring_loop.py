"""The other yardstick: the same model as a plain loop over leads, rules and activities, as one would write it first."""

# ruff: noqa: C901  # one long function, as such loops are

from __future__ import annotations

from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from benchmarks.scoring_data import AS_OF
from connector.core.types import Activity, Lead

ZONE = ZoneInfo("America/New_York")
NOW = AS_OF.timestamp()
TODAY = AS_OF.astimezone(ZONE).date()
STATES = {"TX", "FL", "OH", "GA", "NC", "AZ"}
REP = {"call_attempted", "note_logged", "email_sent", "wrong_number"}
CAPS = {"fit": 40, "engagement": 60}

FIT = [
    ("territory", "In our states", 8, lambda f: f.get("state") in STATES),
    ("employed", "Gave an employer of some size", 4, lambda f: f.get("employer_size", 0) >= 20),
    ("referral", "Came by referral", 10, lambda f: f.get("lead_source") in ("referral", "walk_in")),
    ("insured", "Is insured elsewhere", 5, lambda f: f.get("currently_insured") is True),
    ("income", "Household income", 4, lambda f: 40_000 <= f.get("household_income", 0) < 75_000),
    ("income", "Household income", 8, lambda f: 75_000 <= f.get("household_income", 0) < 150_000),
    ("income", "Household income", 12, lambda f: f.get("household_income", 0) >= 150_000),
]
LINES = {
    "term_life": [
        ("term_age", "Age 25 to 60", 15, lambda f: 25 <= f.get("age", 0) <= 60),
        ("term_family", "People depend on the lead", 6, lambda f: f.get("dependents", 0) >= 1),
        ("term_cover", "Asks for 250,000 or more", 5, lambda f: f.get("coverage_amount", 0) >= 250_000),
    ],
    "home": [
        ("home_owner", "Owns the home", 15, lambda f: f.get("homeowner") is True and 28 <= f.get("age", 0) <= 75),
        ("home_value", "Home of 200,000 or more", 6, lambda f: f.get("property_value", 0) >= 200_000),
        ("home_renewal", "Renews within 45 days", 8, lambda f: 0 <= days_ahead(f) <= 45),
    ],
}
ENGAGEMENT = [  # id, text (None: of the act), points, kinds, within days, times needed, times counted
    (
        "hand_raise",
        None,
        25,
        {"quote_requested": "Requested a quote", "callback_requested": "Requested a callback"},
        90,
        1,
        1,
    ),
    ("guide", None, 15, {"comparison_guide_downloaded": "Downloaded the comparison guide"}, None, 1, 1),
    (
        "pages",
        None,
        10,
        {"pricing_page_viewed": "Viewed the pricing page", "product_page_viewed": "Viewed a product page"},
        60,
        1,
        1,
    ),
    ("visits", None, 2, {"page_viewed": "Visited the website"}, 30, 1, 5),
    ("clicks", None, 3, {"email_clicked": "Clicked a link in an e-mail"}, None, 1, 4),
    ("reply", None, 12, {"email_replied": "Replied to an e-mail", "message_received": "Sent us a message"}, None, 1, 1),
    ("talked", "Spoke with us twice", 8, {"call_answered": "", "called_us": ""}, 90, 2, 1),
    ("meeting", None, 20, {"meeting_booked": "Booked a meeting", "meeting_held": "Came to a meeting"}, 60, 1, 1),
]


def days_ahead(fields) -> int:
    return (date.fromisoformat(fields["renewal_date"]) - TODAY).days if "renewal_date" in fields else -1


def day_of(at: int) -> date:
    return datetime.fromtimestamp(at, ZONE).date()


def score(lead: Lead, activities: list[Activity]) -> tuple[int, list[str]]:
    fields = lead.fields
    acts = [act for act in activities if act.at <= NOW]
    moments = sorted([lead.created_at, *(act.at for act in acts if act.kind not in REP)])
    counted_from = 0
    for before, after in pairwise(moments):
        if after - before > 88 * 86_400 and (day_of(after) - day_of(before)).days >= 90:
            counted_from = after
    ages = {id(act): (TODAY - day_of(act.at)).days for act in acts}
    alive = [act for act in acts if act.at >= counted_from]

    groups = {"fit": [], "engagement": [], "negative": []}
    for id_, text, points, test in FIT + LINES[line_of(fields)]:
        if test(fields):
            groups["fit"].append((points, 0, id_, text, ""))
    for id_, text, points, kinds, within, needed, limit in ENGAGEMENT:
        hits = [act for act in alive if act.kind in kinds and (within is None or ages[id(act)] <= within)]
        if len(hits) >= needed:
            joined = " on " if text is None and limit == 1 else ", last on "
            newest = hits[-1]
            total = points * min(len(hits), limit)
            groups["engagement"].append((total, newest.at, id_, text or kinds[newest.kind], joined))
    campaigns: dict[str, list[Activity]] = {}
    for act in alive:
        if act.kind == "email_opened" and act.campaign:
            campaigns.setdefault(act.campaign, []).append(act)
    opened = [hits[-1].at for hits in campaigns.values() if len(hits) >= 3]
    if opened:
        groups["engagement"].append((10, max(opened), "opens", "Opened one campaign three times", ", last on "))
    stopped = [act.at for act in acts if act.kind == "unsubscribed"]
    if stopped or fields.get("email_opt_out") is True:
        groups["negative"].append((-20, max(stopped, default=0), "unsubscribed", "Unsubscribed", " on "))
    if fields.get("email_bounced") is True:
        groups["negative"].append((-10, 0, "bounced", "E-mail bounces", ""))
    wrong = [act.at for act in acts if act.kind == "wrong_number"]
    if wrong:
        groups["negative"].append((-10, max(wrong), "wrong_number", "The number was wrong", " on "))
    return add_up(groups, (TODAY - day_of(moments[-1])).days, alive, ages)


def line_of(fields) -> str:
    if "product_interest" in fields:
        return fields["product_interest"]
    return max(LINES, key=lambda line: sum(points for _, _, points, test in LINES[line] if test(fields)))


def add_up(groups, silence: int, alive: list[Activity], ages: dict[int, int]) -> tuple[int, list[str]]:
    total = 0
    for group, lines in list(groups.items()):
        points = sum(line[0] for line in lines)
        cap = CAPS.get(group, points)
        if points > cap:
            lines.append((cap - points, 0, f"cap:{group}", f"{group.capitalize()} points end at {cap}", ""))
        total += min(points, cap)
    lines = [line for found in groups.values() for line in found]
    reset = []
    if silence >= 90 and total > 0:
        reset, total = [(-total, 0, "reset", "No activity for 90+ days: points start again", "")], 0
    elif silence >= 30 and total > 0:
        days, percent = (60, 50) if silence >= 60 else (30, 20)
        loss = (total * percent + 50) // 100
        lines.append((-loss, 0, "decay", f"No activity for {days}+ days (-{percent} %)", ""))
        total -= loss
    if total > 100:
        lines.append((100 - total, 0, "clamp", "A score ends at 100", ""))
    elif total < 0:
        lines.append((-total, 0, "clamp", "A score never goes below 0", ""))
    total = min(100, max(0, total))
    raised = [act.at for act in alive if act.kind in ("quote_requested", "callback_requested") and ages[id(act)] <= 3]
    if raised and total < 65:
        lines.append((65 - total, raised[-1], "floor", "At least SQL: Asked to be called", " on "))
        total = 65
    lines.sort(key=lambda line: (-abs(line[0]), -line[1], line[2]))
    return total, [render(line) for line in (reset + lines)[:3]]


def render(line) -> str:
    points, at, _, text, joined = line
    if at:
        day = day_of(at)
        text += f"{joined}{day.day} {day:%b %Y}" if (TODAY - day).days > 300 else f"{joined}{day.day} {day:%b}"
    return f"{text[:-1]}: {points:+d})" if text.endswith(" %)") else f"{text} ({points:+d})"
