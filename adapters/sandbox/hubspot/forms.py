"""Web forms: somebody sends one, and the contact remembers it. Docs: "Submit data to a form", "Forms API".

HubSpot keeps the first and the latest form on the contact, named ``page: form``, in properties nobody else may write.
"""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response

from adapters.sandbox.hub import hub
from adapters.sandbox.hubspot.answers import answer, mappings_in, sent
from adapters.sandbox.hubspot.checking import checked_values
from adapters.sandbox.hubspot.errors import ApiError, not_found
from adapters.sandbox.hubspot.events import Source
from adapters.sandbox.hubspot.kinds import KINDS
from adapters.sandbox.hubspot.routes import open_api
from adapters.sandbox.hubspot.times import iso
from adapters.sandbox.hubspot.writing import NewRecord, Values, apply, create
from adapters.sandbox.people import FORM_PAGES


def form_id(name: str) -> str:
    """The id of one of the agency's forms, by the name that stands on contacts."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


FORMS = {form_id(name): name for name in FORM_PAGES}
"""The agency's forms by id."""


@open_api.post("/submissions/v3/integration/submit/<int:portal_id>/<id>")
def submit_form(portal_id: int, id: str) -> Response:
    """Takes a form somebody filled in: ``{"fields": [{"name": "email", "value": …}, …]}``.

    The e-mail address tells whose it is; an address nobody has makes a new contact.
    """
    name = FORMS.get(id)
    if name is None or portal_id != hub().settings.portal_id:
        raise not_found(f"No form {id} in the account {portal_id}")
    given = {str(field.get("name")): field.get("value") for field in mappings_in(sent(), "fields")}
    email = str(given.get("email") or "")
    if not email:
        raise _refused("Required field 'email' is missing", "REQUIRED_FIELD")
    _take(name, email, given)
    return answer({"inlineMessage": "Thanks for submitting the form."})


def _take(name: str, email: str, given: dict[str, Any]) -> None:
    store, kind, source = hub().store, KINDS["contacts"], Source("FORM", form_id(name))
    values = checked_values(store, kind, given)
    with store.database.alone():
        known = store.objects.ids_with(kind, "email", [email]).get(email.lower())
        if known is None:
            create(store, kind, [NewRecord({**values, **_conversion({}, name)})], source)
            return
        (contact,) = store.objects.get_many(kind, [known]).values()
        apply(store, kind, [(contact, {**values, **_conversion(contact.properties, name)})], source)


def _conversion(old: dict[str, str], name: str) -> Values:
    """What a form changes on the contact beside its own fields."""
    form = {"conversion_date": iso(hub().settings.now_ms()), "conversion_event_name": name}
    spans = ("recent",) if "first_conversion_date" in old else ("first", "recent")
    kept = {f"{span}_{what}": value for span in spans for what, value in form.items()}
    return {**kept, "num_conversion_events": str(int(float(old.get("num_conversion_events", "0"))) + 1)}


def _refused(text: str, error_type: str) -> ApiError:
    errors = [{"message": text, "errorType": error_type}]
    return ApiError(400, "The request is not valid", "VALIDATION_ERROR", errors=errors)
