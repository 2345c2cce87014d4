"""Person Accounts: an Account and its hidden Contact, each written through the other.

Facts: SOAP API Developer Guide, "Person Account Record Types". Account shows the contact's fields through
PersonContactId (the catalogue says which); names, phone, fax and owner stand in both tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from adapters.sandbox.salesforce.catalog import SObject
from adapters.sandbox.salesforce.dml.rows import Row, change, fetch
from adapters.sandbox.salesforce.dml.storing import store_changed, store_new
from adapters.sandbox.salesforce.dml.work import Draft, Work
from adapters.sandbox.salesforce.loading import full_name

_BOTH = ("FirstName", "LastName", "Salutation", "Phone", "Fax", "OwnerId")
_PERSON_TYPES = 'SELECT "Id" FROM "RecordType" WHERE "SobjectType" = \'Account\' AND "IsPersonType" = 1'


def derive_names(_work: Work, drafts: Sequence[Draft]) -> None:
    """Name from its parts."""
    for draft in drafts:
        draft.after["Name"] = full_name(draft.after)


def derive_accounts(work: Work, drafts: Sequence[Draft]) -> None:
    """Says which accounts are persons, names them, and lays the contact's values into their drafts."""
    if not work.org.settings.person_accounts:
        return
    types = {key for (key,) in work.connection.execute(_PERSON_TYPES)}
    for draft in drafts:
        if draft.before is None:
            draft.after["IsPersonAccount"] = int(_is_person(draft.given, types))
    persons = [draft for draft in drafts if draft.after.get("IsPersonAccount")]
    _see_through(work, persons)
    for draft in persons:
        draft.after["Name"] = full_name(draft.after)
        if draft.before is None and not draft.after.get("RecordTypeId"):
            draft.after["RecordTypeId"] = min(types, default=None)


def after_accounts(work: Work, drafts: Sequence[Draft]) -> None:
    """The contacts of new person accounts, and what was written to them through the account."""
    persons = [draft for draft in drafts if draft.after.get("IsPersonAccount")]
    _make_contacts(work, [draft for draft in persons if draft.before is None])
    _write_contacts(work, [draft for draft in persons if draft.before is not None])


def after_contacts(work: Work, drafts: Sequence[Draft]) -> None:
    """A person account is named and stamped as its contact is written."""
    persons = [draft for draft in drafts if draft.after.get("IsPersonAccount") and draft.before]
    accounts = fetch(work.connection, "Account", (draft.after["AccountId"] for draft in persons))
    mirrored = [_mirrored(accounts[draft.after["AccountId"]], draft) for draft in persons]
    store_changed(work, "Account", mirrored)


def _is_person(given: Mapping[str, Any], types: Iterable[str]) -> bool:
    if given.get("RecordTypeId"):
        return given["RecordTypeId"] in types
    return any(given.get(name) for name in ("LastName", "FirstName")) or any(
        name.startswith("Person") or name.endswith("__pc") for name in given
    )


def _see_through(work: Work, drafts: Sequence[Draft]) -> None:
    """Gives drafts the values that stand in the contact, before and after, so that rules and callers see them."""
    account = work.sobject("Account")
    known = {draft.before["PersonContactId"]: draft for draft in drafts if draft.before}
    for key, contact in fetch(work.connection, "Contact", known).items():
        seen = {name: contact.get(there) for name, there in through(account).items()}
        draft = known[key]
        draft.before = (draft.before or {}) | seen
        draft.after = seen | draft.after


def through(account: SObject) -> dict[str, str]:
    """The contact's field behind each of the account's that have no column."""
    return {each.name: each.through[1] for each in account.fields.values() if each.through and each.type != "address"}


def _make_contacts(work: Work, drafts: Sequence[Draft]) -> None:
    account, contact = work.sobject("Account"), work.sobject("Contact")
    usual = {each.name: each.default for each in contact.fields.values() if each.stored and each.default is not None}
    made = [Draft(after=usual | _contact_of(account, draft.after)) for draft in drafts]
    store_new(work, "Contact", made)
    ties: dict[str, Row] = {}
    for draft, person in zip(drafts, made, strict=True):
        draft.after["PersonContactId"] = person.id
        ties[draft.after["Id"]] = {"PersonContactId": person.id}
    change(work.connection, "Account", ties)


def _contact_of(account: SObject, row: Row) -> Row:
    values = {there: row[name] for name, there in through(account).items() if row.get(name) is not None}
    both = {name: row.get(name) for name in _BOTH}
    return values | both | {"AccountId": row["Id"], "IsPersonAccount": 1, "Name": row["Name"]}


def _write_contacts(work: Work, drafts: Sequence[Draft]) -> None:
    """Both rows carry the same stamps, whichever of them the caller wrote."""
    behind = through(work.sobject("Account"))
    contacts = fetch(work.connection, "Contact", (draft.after["PersonContactId"] for draft in drafts))
    written = []
    for draft in drafts:
        before = contacts[draft.after["PersonContactId"]]
        values = {behind[name]: value for name, value in draft.given.items() if name in behind}
        both = {name: draft.after.get(name) for name in _BOTH}
        after = before | values | both
        written.append(Draft(before, after | {"Name": full_name(after)}))
    store_changed(work, "Contact", written)


def _mirrored(account: Row, contact: Draft) -> Draft:
    both = {name: contact.after.get(name) for name in _BOTH}
    return Draft(account, account | both | {"Name": contact.after["Name"]})
