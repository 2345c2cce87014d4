"""E-mails between rep and lead: a message, and a relation for each side. Bodies are left out."""

from __future__ import annotations

from adapters.sandbox.people import Act, texts
from adapters.sandbox.people.entered import rep_email
from adapters.sandbox.salesforce.book.leads import Made
from adapters.sandbox.salesforce.book.shapes import Row, activity_key
from adapters.sandbox.salesforce.book.story import Story, stamp

READ, SENT = "1", "3"
"""EmailMessage.Status is a number in a string."""


def email_records(story: Story, act: Act, place: int) -> Made:
    """The message and its relations. A lead is tied to a message by its relation only, never by a WhoId."""
    message = activity_key("02s", story.person.number, place)
    when = stamp(story, act)
    yield "EmailMessage", {"Id": message, **_message(story, act, place), **when}
    sides = (
        (story.who, "Contact" if story.account else "Lead", story.person.typed.email),
        (story.user, "User", rep_email(story.person.rep)),
    )
    for side, (who, kind, address) in enumerate(sides if act.kind == "email_in" else reversed(sides)):
        row = {
            "Id": activity_key("0EM", story.person.number, 2 * place + side),
            "EmailMessageId": message,
            "RelationId": who,
            "RelationType": ("FromAddress", "ToAddress")[side],
            "RelationObjectType": kind,
            "RelationAddress": address,
        }
        yield "EmailMessageRelation", row | when


def _message(story: Story, act: Act, place: int) -> Row:
    incoming = act.kind == "email_in"
    lead, rep = story.person.typed.email, rep_email(story.person.rep)
    return {
        "ActivityId": activity_key("00T", story.person.number, place),
        "Subject": texts.email(act, story.words)[0],
        "Incoming": int(incoming),
        "Status": READ if incoming else SENT,
        "MessageDate": act.at,
        "FromAddress": lead if incoming else rep,
        "ToAddress": rep if incoming else lead,
        "IsBounced": 0,
        "IsTracked": 0,
    }
