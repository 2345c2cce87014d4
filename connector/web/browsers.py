"""The browser at the other end: from where it comes, the cookies that say who is signed in, and their end."""

from __future__ import annotations

import hashlib
from ipaddress import ip_address

from flask import current_app, request, session
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from connector.flows.sign_in import Came, plain
from connector.flows.visits import LONGEST, Browser
from connector.web.forms import is_encrypted
from connector.web.guard import COOKIE, WHOSE

KNOWN = "leadtier_known"
"""Says, signed by us, who signed in in this browser before, so that a stranger's guesses do not keep them out."""
KNOWN_FOR, MOST_KNOWN = 365 * 86_400, 5


def came(email: str = "") -> Came:
    """How somebody comes, who says to be that person."""
    browser = Browser(request.headers.get("User-Agent", ""), address())
    return Came(browser, request.cookies.get(COOKIE, ""), known=_digest(email) in _known())


def address() -> str:
    """From where the request comes. A proxy on this machine or network tells who called it, last in its list."""
    peer = request.remote_addr or ""
    told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return told if told and _is_near(peer) and _is_address(told) else peer


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_near(peer: str) -> bool:
    return _is_address(peer) and ip_address(peer).is_private


def change_hands(account_id: int, tenant_id: int) -> bool:
    """Forms of another person or agency that are open here are good no more; whether there may be any."""
    changed = session.get(WHOSE) != [account_id, tenant_id]
    if changed:
        session.clear()
        session[WHOSE] = [account_id, tenant_id]
    return changed


def agency_before(account_id: int) -> int | None:
    """The agency that this browser showed last, if it was this person who looked."""
    before = session.get(WHOSE)
    return before[1] if isinstance(before, list) and before[0] == account_id else None


def let_in(answer: Response, secret: str, email: str) -> Response:
    """Gives the browser the session's secret."""
    renew(answer, secret)
    known = [_digest(email), *(one for one in _known() if one != _digest(email))][:MOST_KNOWN]
    _set(answer, KNOWN, _signer().dumps(known), KNOWN_FOR)
    return answer


def renew(answer: Response, secret: str) -> Response:
    """Gives the browser another secret of the same person."""
    _set(answer, COOKIE, secret, LONGEST)
    return answer


def let_out(answer: Response) -> Response:
    """Takes everything back from the browser but who was known in it."""
    session.clear()
    answer.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=is_encrypted())
    return answer


def _set(answer: Response, name: str, value: str, lasts: int) -> None:
    answer.set_cookie(name, value, max_age=lasts, httponly=True, samesite="Lax", secure=is_encrypted())


def _known() -> list[str]:
    try:
        found = _signer().loads(request.cookies.get(KNOWN, ""))
    except BadSignature:
        return []
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _signer() -> URLSafeSerializer:
    keys = [*reversed(current_app.config["SECRET_KEY_FALLBACKS"]), current_app.secret_key]  # the newest last: it signs
    return URLSafeSerializer(keys, salt="known browser")


def _digest(email: str) -> str:
    return hashlib.sha256(plain(email).encode()).hexdigest()[:32]
