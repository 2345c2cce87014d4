"""The yardstick: what a good NumPy programmer would write for the model of ``scoring_model.yaml`` and nothing else.

Every number of the model is written into the code, nothing can be configured, and the columns come ready and sorted. It
gives the same scores, tiers and reasons as the evaluator, to the letter; the benchmark checks that before it compares.
"""

# ruff: noqa: PLR0915  # one long function, as such scripts are

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from benchmarks.scoring_data import AS_OF, DAY
from connector.core.batch import Batch
from connector.core.vocabulary import Vocabulary

ZONE = ZoneInfo("America/New_York")
NOW = int(AS_OF.timestamp())
TODAY = AS_OF.astimezone(ZONE).date().toordinal() - date(1970, 1, 1).toordinal()
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# One line of the table each: text, and how its date is joined on. Sorted by id, because that settles ties.
LINES = {
    "bounced": ("E-mail bounces", ""),
    "cap:engagement": ("Engagement points end at 60", ""),
    "cap:fit": ("Fit points end at 40", ""),
    "clamp:high": ("A score ends at 100", ""),
    "clamp:low": ("A score never goes below 0", ""),
    "clicks": ("Clicked a link in an e-mail", ", last on "),
    "decay:30": ("No activity for 30+ days (-20 %)", ""),
    "decay:60": ("No activity for 60+ days (-50 %)", ""),
    "employed": ("Gave an employer of some size", ""),
    "floor": ("At least SQL: Asked to be called", " on "),
    "guide": ("Downloaded the comparison guide", " on "),
    "hand_raise:callback": ("Requested a callback", " on "),
    "hand_raise:quote": ("Requested a quote", " on "),
    "home_owner": ("Owns the home", ""),
    "home_renewal": ("Renews within 45 days", ""),
    "home_value": ("Home of 200,000 or more", ""),
    "income": ("Household income", ""),
    "insured": ("Is insured elsewhere", ""),
    "meeting:booked": ("Booked a meeting", " on "),
    "meeting:held": ("Came to a meeting", " on "),
    "opens": ("Opened one campaign three times", ", last on "),
    "pages:pricing": ("Viewed the pricing page", " on "),
    "pages:product": ("Viewed a product page", " on "),
    "referral": ("Came by referral", ""),
    "reply:email": ("Replied to an e-mail", " on "),
    "reply:message": ("Sent us a message", " on "),
    "reset": ("No activity for 90+ days: points start again", ""),
    "talked": ("Spoke with us twice", ", last on "),
    "term_age": ("Age 25 to 60", ""),
    "term_cover": ("Asks for 250,000 or more", ""),
    "term_family": ("People depend on the lead", ""),
    "territory": ("In our states", ""),
    "unsubscribed": ("Unsubscribed", " on "),
    "visits": ("Visited the website", ", last on "),
    "wrong_number": ("The number was wrong", " on "),
}
IDS = list(LINES)
CODE = {name: len(LINES) - 1 - place for place, name in enumerate(LINES)}


def start_of(days_ago: int) -> int:
    day = date(1970, 1, 1) + timedelta(days=TODAY - days_ago)
    return int(datetime(day.year, day.month, day.day, tzinfo=ZONE).timestamp())


def clock_changes() -> tuple[np.ndarray, np.ndarray]:
    """The instants from which each offset of the zone holds, over the time that the book covers."""
    hours = range(NOW - 1500 * DAY, NOW + DAY, 3600)
    offsets = [int(datetime.fromtimestamp(hour, UTC).astimezone(ZONE).utcoffset().total_seconds()) for hour in hours]
    changed = [0, *(place for place in range(1, len(offsets)) if offsets[place] != offsets[place - 1])]
    return np.array([hours[place] for place in changed]), np.array([offsets[place] for place in changed])


class Script:
    def __init__(self, words: Vocabulary) -> None:
        self.code = {name: words.code_of(name) for name in words.kinds}
        self.own = np.zeros(256, dtype=bool)
        self.own[[kind.code for kind in words.kinds.values() if kind.by_lead]] = True
        self.changes, self.offsets = clock_changes()
        self.start = {days: start_of(days) for days in (29, 30, 59, 60, 89, 90, 3)}

    def days(self, at: np.ndarray) -> np.ndarray:
        return (at + self.offsets[np.searchsorted(self.changes, at, side="right") - 1]) // DAY

    def score(self, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
        acts, n = batch.activities, len(batch)
        if (acts.at > NOW).any():
            acts = acts.take(np.flatnonzero(acts.at <= NOW))
        lead, kind, at = acts.lead, acts.kind, acts.at
        best = np.zeros((3, n), dtype=np.int64)

        def rank(points, line, when=0):
            key = np.where(points != 0, np.abs(points) << 40 | when << 6 | CODE[line] + 1, 0)
            for row in best:
                beaten = np.minimum(row, key)
                np.maximum(row, key, out=row)
                key = beaten

        # ------------------------------------------------------------------ silence and what it wiped out
        mine = np.flatnonzero(self.own[kind])
        own_lead, own_at = lead[mine], at[mine]
        last = batch.created.copy()
        newest = np.zeros(n, dtype=np.int64)
        newest[own_lead] = own_at
        np.maximum(last, newest, out=last)
        first = np.full(n, np.iinfo(np.int64).max)
        first[own_lead[::-1]] = own_at[::-1]
        gap = np.flatnonzero((own_at[1:] - own_at[:-1] > 88 * DAY) & (own_lead[1:] == own_lead[:-1]))
        who, before, after = own_lead[gap], own_at[gap], own_at[gap + 1]
        middle = np.clip(batch.created[who], before, after)
        heard = newest > 0
        early = np.flatnonzero(heard & (first - batch.created > 88 * DAY))
        late = np.flatnonzero(heard & (batch.created - newest > 88 * DAY))
        who = np.concatenate([who, who, early, late])
        before, after = (
            np.concatenate([before, middle, batch.created[early], newest[late]]),
            np.concatenate([middle, after, first[early], batch.created[late]]),
        )
        long = self.days(after) - self.days(before) >= 90
        counted = np.zeros(n, dtype=np.int64)
        np.maximum.at(counted, who[long], after[long])
        alive = at >= counted[lead]

        # ------------------------------------------------------------------ fit
        field = {name: column.values for name, column in batch.fields.items() if hasattr(column, "values")}
        state, source, interest = (batch.fields[name] for name in ("state", "lead_source", "product_interest"))
        home_states = np.array([*(each in {"TX", "FL", "OH", "GA", "NC", "AZ"} for each in state.values), False])
        came = np.array([*(each in {"referral", "walk_in"} for each in source.values), False])
        age, income, ahead = field["age"], field["household_income"], field["renewal_date"] - TODAY
        owner = ((field["homeowner"] == 1) & (age >= 28) & (age <= 75)) * 15
        value, renewal = (field["property_value"] >= 200_000) * 6, ((ahead >= 0) & (ahead <= 45)) * 8
        old, family = ((age >= 25) & (age <= 60)) * 15, (field["dependents"] >= 1) * 6
        cover = (field["coverage_amount"] >= 250_000) * 5
        asked = np.array([*(each == "home" for each in interest.values), False])[interest.codes]
        home = np.where(interest.codes < 0, owner + value + renewal > old + family + cover, asked)
        fit_lines = {
            "territory": home_states[state.codes] * 8,
            "employed": (field["employer_size"] >= 20) * 4,
            "referral": came[source.codes] * 10,
            "insured": (field["currently_insured"] == 1) * 5,
            "income": ((income >= 40_000).astype(np.int64) + (income >= 75_000) + (income >= 150_000)) * 4,
            "term_age": old * ~home, "term_family": family * ~home, "term_cover": cover * ~home,
            "home_owner": owner * home, "home_value": value * home, "home_renewal": renewal * home,
        }  # fmt: skip
        fit = np.zeros(n, dtype=np.int64)
        for name, points in fit_lines.items():
            fit += points
            rank(points, name)

        # ------------------------------------------------------------------ engagement and negative
        def count(mask):
            hits = np.flatnonzero(mask)
            who = lead[hits]
            newest = np.zeros(n, dtype=np.int64)
            newest[who] = hits
            return np.bincount(who, minlength=n), newest

        engagement = np.zeros(n, dtype=np.int64)

        def once(points, start, *ids):
            nonlocal engagement
            mask = alive & (at >= start) if start else alive
            wanted = np.zeros(256, dtype=bool)
            wanted[[self.code[each] for _, each in ids]] = True
            counts, newest = count(wanted[kind] & mask)
            got = (counts > 0) * points
            engagement += got
            for name, each in ids:
                rank(got if len(ids) == 1 else got * (kind[newest] == self.code[each]), name, at[newest])

        def each_time(points, limit, start, id, name):
            nonlocal engagement
            mask = alive & (at >= start) if start else alive
            counts, newest = count((kind == self.code[name]) & mask)
            got = np.minimum(counts, limit) * points
            engagement += got
            rank(got, id, at[newest])

        once(25, self.start[90], ("hand_raise:quote", "quote_requested"), ("hand_raise:callback", "callback_requested"))
        once(15, 0, ("guide", "comparison_guide_downloaded"))
        once(10, self.start[60], ("pages:pricing", "pricing_page_viewed"), ("pages:product", "product_page_viewed"))
        each_time(2, 5, self.start[30], "visits", "page_viewed")
        each_time(3, 4, 0, "clicks", "email_clicked")
        once(12, 0, ("reply:email", "email_replied"), ("reply:message", "message_received"))
        once(20, self.start[60], ("meeting:booked", "meeting_booked"), ("meeting:held", "meeting_held"))

        talks = (kind == self.code["call_answered"]) | (kind == self.code["called_us"])
        counts, newest = count(talks & alive & (at >= self.start[90]))
        got = (counts >= 2) * 8
        engagement += got
        rank(got, "talked", at[newest])

        hits = np.flatnonzero((kind == self.code["email_opened"]) & alive & (acts.campaign >= 0))
        room = int(acts.campaign.max(initial=0)) + 1
        pair = lead[hits] * room + acts.campaign[hits]
        enough = (np.bincount(pair, minlength=n * room) >= 3)[pair]
        newest = np.zeros(n, dtype=np.int64)
        newest[lead[hits[enough]]] = at[hits[enough]]
        got = (newest > 0) * 10
        engagement += got
        rank(got, "opens", newest)

        counts, newest = count(kind == self.code["unsubscribed"])
        stopped = ((counts > 0) | (field["email_opt_out"] == 1)) * 20
        rank(stopped, "unsubscribed", at[newest] * (counts > 0))
        bounced = (field["email_bounced"] == 1) * 10
        rank(bounced, "bounced")
        counts, newest = count(kind == self.code["wrong_number"])
        wrong = (counts > 0) * 10
        rank(wrong, "wrong_number", at[newest])

        # ------------------------------------------------------------------ the sum
        over = np.maximum(fit - 40, 0)
        rank(over, "cap:fit")
        total = fit - over
        over = np.maximum(engagement - 60, 0)
        rank(over, "cap:engagement")
        total += engagement - over - stopped - bounced - wrong
        left = np.maximum(total, 0)
        silent = last < self.start[89]
        reset = left * silent
        quiet, quieter = (last < self.start[29]) & ~silent, (last < self.start[59]) & ~silent
        loss = np.where(quieter, (left * 50 + 50) // 100, np.where(quiet, (left * 20 + 50) // 100, 0))
        rank(loss * ~quieter, "decay:30")
        rank(loss * quieter, "decay:60")
        total -= reset + loss
        score = np.clip(total, 0, 100)
        rank(np.maximum(total - 100, 0), "clamp:high")
        rank(np.maximum(-total, 0), "clamp:low")
        wanted = np.zeros(256, dtype=bool)
        wanted[[self.code["quote_requested"], self.code["callback_requested"]]] = True
        counts, newest = count(wanted[kind] & alive & (at >= self.start[3]))
        floor = (counts > 0) * np.maximum(65 - score, 0)
        rank(floor, "floor", at[newest])
        score += floor
        first = np.where(reset > 0, 1 << 60 | reset << 40 | CODE["reset"] + 1, 0)
        best = np.where(reset > 0, np.stack([first, best[0], best[1]]), best)
        return score, self.texts(best)

    def texts(self, keys: np.ndarray) -> np.ndarray:
        flat = keys.ravel()
        line, size, when = flat & 63, flat >> 40 & 1023, flat >> 6 & (1 << 34) - 1
        day = np.where(when > 0, self.days(when), 0)
        oldest = int(day[day > 0].min(initial=TODAY))
        span = TODAY - oldest + 2
        code = (line * 128 + size) * span + np.where(day > 0, day - oldest + 1, 0)
        seen = np.zeros(64 * 128 * span, dtype=bool)
        seen[code] = True
        distinct = np.flatnonzero(seen)
        made = np.empty(len(seen), dtype=np.int32)
        made[distinct] = np.arange(len(distinct))
        texts = [self.text(each // span // 128, each // span % 128, each % span, oldest) for each in distinct.tolist()]
        return np.array(texts, dtype=object)[made[code]].reshape(keys.shape)

    def text(self, line: int, size: int, day: int, oldest: int) -> str:
        if not line:
            return ""
        name = IDS[len(IDS) - line]
        text, joined = LINES[name]
        if day:
            shown = date(1970, 1, 1) + timedelta(days=oldest + day - 1)
            year = f" {shown.year}" if TODAY - (oldest + day - 1) > 300 else ""
            text += f"{joined}{shown.day} {MONTHS[shown.month - 1]}{year}"
        minus = name in ("bounced", "unsubscribed", "wrong_number", "reset", "clamp:high") or name[:3] in ("cap", "dec")
        points = f"{-size if minus else size:+d}"
        return f"{text[:-1]}: {points})" if name[:5] == "decay" else f"{text} ({points})"
