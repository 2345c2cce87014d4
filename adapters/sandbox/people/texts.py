"""What reps and leads write: some lines per occasion, with names put in where a person would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adapters.sandbox.people.agency import REPS
from adapters.sandbox.people.person import Act, Person

CALL_TITLES = {
    "connected": "Spoke with {name}",
    "voicemail": "Left a voicemail for {name}",
    "no_answer": "Called {name}, no answer",
    "busy": "Called {name}, line busy",
    "live_message": "Left a message for {name}",
    "wrong_number": "Wrong number",
    "missed": "Missed call from {name}",
}
CALL_NOTES = {
    "connected": (
        "Went through current cover and what matters to the family. {line} options by e-mail.",
        "Has a policy elsewhere, unhappy with the last increase. Wants to compare.",
        "Short on time, asked for numbers in writing first.",
        "Knows what it should cost. Asked good questions about {line}.",
    ),
    "voicemail": ("Short message with my direct line.", "Second message, mentioned the guide."),
    "live_message": ("Somebody else picked up and will pass it on.",),
    "wrong_number": ("Somebody else has this number now.",),
}
EMAILS = {
    "welcome": ("Your question about {line}", "Hi {name}, thanks for getting in touch. I look after {line} here."),
    "missed_you": ("Sorry I missed you", "Hi {name}, I tried to reach you about {line} cover. When is a good time?"),
    "summary": ("What we talked about", "Hi {name}, here is a summary of your {line} options, as promised."),
    "documents": ("Documents for your application", "Hi {name}, please look over the attached {line} papers."),
    "check_in": ("Checking in", "Hi {name}, has anything changed since we last wrote?"),
    "reply": ("Re: Sorry I missed you", "Afternoons are best. Please call after four."),
    "thanks": ("Re: What we talked about", "Thanks, this helps. I have two more questions."),
}
INCOMING_DOCUMENTS = ("Re: Documents for your application", "Here is the signed form. Is anything else missing?")
MESSAGES = {
    "reach_out": (
        "Hi {name}, this is {rep} from Harborlight. Is today a good time for a quick call?",
        "{name}, I have your {line} numbers ready. Shall I call this afternoon?",
        "Hi {name}, {rep} here. One question before I can finish your quote.",
    ),
    "missed_meeting": ("Hi {name}, sorry we missed each other. Shall we find a new time?",),
    "reply": (
        "Yes, please call me after work.",
        "Tomorrow morning is better.",
        "Can you send it by e-mail instead?",
        "OK, call me in an hour.",
    ),
}
MEETING_TITLE = "{line} review with {name}"
NOTES = {
    "connected": (
        "Went through current cover and what matters to the family. {line} options by e-mail.",
        "Has a policy elsewhere, unhappy with the last increase. Wants to compare.",
        "Short on time, asked for numbers in writing first.",
        "Knows what it should cost. Asked good questions about {line}.",
    ),
    "voicemail": ("Short message with my direct line.", "Second message, mentioned the guide."),
    "live_message": ("Somebody else picked up and will pass it on.",),
    "wrong_number": ("Somebody else has this number now.",),
}
EMAILS = {
    "welcome": ("Your question about {line}", "Hi {name}, thanks for getting in touch. I look after {line} here."),
    "missed_you": ("Sorry I missed you", "Hi {name}, I tried to reach you about {line} cover. When is a good time?"),
    "summary": ("What we talked about", "Hi {name}, here is a summary of your {line} options, as promised."),
    "documents": ("Documents for your application", "Hi {name}, please look over the attached {line} papers."),
    "check_in": ("Checking in", "Hi {name}, has anything changed since we last wrote?"),
    "reply": ("Re: Sorry I missed you", "Afternoons are best. Please call after four."),
    "thanks": ("Re: What we talked about", "Thanks, this helps. I have two more questions."),
}
INCOMING_DOCUMENTS = ("Re: Documents for your application", "Here is the signed form. Is anything else missing?")
MESSAGES = {
    "reach_out": (
        "Hi {name}, this is {rep} from Harborlight. Is today a good time for a quick call?",
        "{name}, I have your {line} numbers ready. Shall I call this afternoon?",
        "Hi {name}, {rep} here. One question before I can finish your quote.",
    ),
    "missed_meeting": ("Hi {name}, sorry we missed each other. Shall we find a new time?",),
    "reply": (
        "Yes, please call me after work.",
        "Tomorrow morning is better.",
        "Can you send it by e-mail instead?",
        "OK, call me in an hour.",
    ),
}
MEETINGS = {
    "held": ("COMPLETED", "{line} review with {name}"),
    "no_show": ("NO_SHOW", "{line} review with {name}"),
    "canceled": ("CANCELED", "{line} review with {name}"),
    "rescheduled": ("RESCHEDULED", "{line} review with {name}"),
    "scheduled": ("SCHEDULED", "{line} review with {name}"),
}
NOTES = {
    "event": ("Met at the retirement seminar. Wants to hear about {line}.",),
    "phone_in": ("Called the main line after seeing our sign. Asked about {line}.",),
    "referral": ("Referred by a client. Expects a call about {line}.",),
    "walk_in": ("Came by the office. Left a number, asked about {line}.",),
    "gave_up": ("Several attempts, no response. Leaving it for now.",),
    "no_luck": ("Tried again, nobody there. Next try in the evening.", "No answer. Will try the other number."),
    "looked_in": ("No news. Keeping the file open.", "Renewal is months away. Check again next month."),
    "talked": (
        "Good talk. Compares us with one other agency on {line}.",
        "Interested, but wants to speak with the spouse first.",
        "Price is what counts. Sent two options.",
    ),
    "met": (
        "Went through the proposal together. Will decide with spouse.",
        "Good meeting. Wants the lower deductible.",
    ),
    "case": (
        "Waiting for the carrier's answer on the {line} application.",
        "Carrier asks for one more form.",
        "Went over the proposal once more on the phone.",
        "Documents are complete.",
    ),
}
TASKS = ("Follow up with {name}", "Send {name} the revised {line} proposal", "Call {name} about open questions")


def words(person: Person) -> dict[str, str]:
    """What is put into the lines of this entry's records."""
    return {
        "name": person.identity.first_name,
        "line": person.identity.line.label,
        "rep": REPS[person.rep].first_name,
    }


def one_line(lines: Mapping[str, Sequence[str]], act: Act, words: Mapping[str, str]) -> str:
    """One of the lines for the occasion, always the same for the same moment."""
    choices = lines[act.detail]
    return choices[act.at // 1000 % len(choices)].format_map(words)


def email(act: Act, words: Mapping[str, str]) -> tuple[str, str]:
    """Subject and text of a mail between rep and lead."""
    is_answer = act.kind == "email_in" and act.detail == "documents"
    subject, text = INCOMING_DOCUMENTS if is_answer else EMAILS[act.detail]
    return subject.format_map(words), text.format_map(words)


def task(act: Act, words: Mapping[str, str]) -> str:
    """What is to be done."""
    return TASKS[act.at // 1000 % len(TASKS)].format_map(words)
