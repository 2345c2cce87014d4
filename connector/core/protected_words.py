"""The words by which protected attributes and their stand-ins are known. The first rule that fits a name decides."""

from __future__ import annotations

from typing import NamedTuple

HIGH, MEDIUM, CAUTION = "high", "medium", "our own caution"

_COLORADO = (
    "Colorado SB21-169 and Regulation 10-1-1; the NAIC model bulletin on AI (December 2023) names marketing and sales"
)
_BULLETIN = "NAIC model bulletin on AI (December 2023); our default list"
_MEDICARE = "CMS: health status is never an input for Medicare plans; NAIC model bulletin on AI (December 2023)"
_PROXY = "What stands in for a protected class counts like it: NAIC model bulletin on AI (December 2023)"
_RATING = "State rating bans (California auto, New York, Michigan and others); they govern rates, not marketing"
_HOUSING = "Familial status under the Fair Housing Act, where homeowners insurance is marketed"


class Rule(NamedTuple):
    """Phrases that tell an attribute, each a run of whole words; one that begins with = must be the whole name.

    `unless` are words beside which the phrases mean something else.
    """

    ruling: str
    phrases: tuple[str, ...]
    reason: str
    source: str
    certainty: str
    unless: frozenset[str] = frozenset()


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(" ".join(phrase.split()) for phrase in text.split(","))


def _refused(what: str, source: str, certainty: str, phrases: str, unless: str = "") -> Rule:
    return Rule("refused", _phrases(phrases), f"People may not be scored by {what}.", source, certainty, _set(unless))


def _warned(reason: str, source: str, certainty: str, phrases: str, unless: str = "") -> Rule:
    return Rule("warned", _phrases(phrases), reason, source, certainty, _set(unless))


# Disability insurance is sold, a disability is had; an account has a health of its own, a medical practice is insured.
_SOLD = """annuity carrier coverage coverages insurance insurer interest interested line payments plan plans policies
    policy premium product products provider quote rider supplement"""
_BUSINESS = """account board company connection customer data deal engine integration lead list malpractice office
    pipeline practice professional project sync system"""
_THINGS = "appliance car damage home house property roof truck vehicle website"
_SWITCHES = "api email login notification notifications portal reminder reminders sms user"

RULES: tuple[Rule, ...] = (
    _refused(
        "race, color or ethnic origin",
        _COLORADO,
        HIGH,
        """race, races, racial, ethnicity, ethnicities, ethnic, ethnic origin, skin color, skin colour, skin tone,
        color of skin, =color, =colour, person of color, ancestry, tribe, tribal, hispanic, latino, latina, latinx,
        caucasian, african american, asian american, native american, minority status, =minority, bipoc""",
    ),
    _refused(
        "national origin",
        _COLORADO,
        HIGH,
        """national origin, nation of origin, country of origin, nationality, nationalities, country of birth,
        birth country, place of birth, birthplace""",
    ),
    _refused(
        "religion",
        _COLORADO,
        HIGH,
        """religion, religions, religious, religious affiliation, =faith, faith affiliation, faith tradition,
        church affiliation, church member, church membership, denomination, =creed, muslim, jewish, christian,
        catholic, hindu, atheist""",
        unless="school hospital liability organization organisation",
    ),
    _refused(
        "sexual orientation or gender identity",
        _COLORADO,
        HIGH,
        """sexual orientation, sexuality, sexual preference, =orientation, gender identity, gender expression,
        transgender, pronoun, pronouns, lgbt, lgbtq, lgbtqia, gay, lesbian, bisexual""",
    ),
    _refused("sex", _COLORADO, HIGH, "sex, sexes, gender, genders, male, female, =man, =woman"),
    _refused(
        "disability",
        _COLORADO,
        HIGH,
        """disability status, disability type, disabled status, has disability, has disabilities, is disabled,
        disabled veteran, disability rating, handicap, handicapped, wheelchair, impairment, hearing impaired,
        visually impaired""",
    ),
    _refused(
        "disability",
        _COLORADO,
        HIGH,
        "disability, disabilities, disabled",
        unless=f"{_SOLD} {_BUSINESS} {_SWITCHES}",
    ),
    _refused(
        "genetic information",
        _BULLETIN,
        HIGH,
        "genetic, genetics, genetic status, dna, genome, genomic, family medical history, family health history",
    ),
    _refused(
        "health",
        _MEDICARE,
        HIGH,
        """health status, health condition, health conditions, health history, health rating, health class,
        medical status, medical condition, medical conditions, medical history, medical record, medical records,
        preexisting, pre existing, mental health, diagnosis, diagnoses, diagnosed, diabetes, diabetic, hiv, pregnant,
        pregnancy, bmi, body mass, body weight, blood pressure, cholesterol, prescription, prescriptions, medication,
        medications, illness, illnesses, disease, diseases, hospitalized, hospitalization, surgery, surgeries,
        depression, tobacco, tobacco use, smoker, smokers, smokes, smoking, nicotine, cigarettes, vaping""",
    ),
    _refused(
        "health",
        _MEDICARE,
        HIGH,
        "health, medical, cancer",
        unless=f"{_SOLD} {_BUSINESS} medicare savings benefits share sharing care",
    ),
    _refused(
        "a picture of the person",
        _BULLETIN,
        CAUTION,
        "photo, photos, photo url, photograph, picture, pictures, avatar, headshot, selfie, profile image",
        unless=_THINGS,
    ),
    _warned(
        "Marital status is protected in many states, and it tells sex and age along.",
        _BULLETIN,
        MEDIUM,
        """marital, marital status, married, spouse, spouses, spousal, divorced, widow, widowed, relationship status,
        husband, wife, maiden name""",
    ),
    _warned(
        "Language goes together with national origin.",
        _BULLETIN,
        MEDIUM,
        "language, languages, preferred language, native speaker, mother tongue",
        unless="programming",
    ),
    _warned(
        "Citizenship goes together with national origin.",
        _PROXY,
        CAUTION,
        "citizenship, citizen, immigration, immigrant, visa status, green card, alien status, residency status",
    ),
    _warned(
        "A form of address tells sex, and sometimes whether somebody is married.",
        _PROXY,
        CAUTION,
        "salutation, honorific, name prefix, =prefix",
    ),
    _warned(
        "Names go together with race, national origin and sex.",
        _PROXY,
        HIGH,
        "first name, last name, given name, family name, surname, middle name, =name, =full name",
    ),
    _warned(
        "A place goes together with race and national origin.",
        _PROXY,
        HIGH,
        """zip, zip code, postal, postal code, postcode, county, city, neighborhood, neighbourhood, census, street,
        street address, home address, mailing address, latitude, longitude, geolocation""",
        unless="ip",
    ),
    _warned(
        "Income goes together with race and national origin.",
        _PROXY,
        HIGH,
        """income, incomes, household income, annual income, salary, wealth, net worth, medicaid, food stamps,
        public assistance""",
        unless="disability annuity",
    ),
    _warned(
        "Having children is protected where housing is concerned.",
        _HOUSING,
        MEDIUM,
        """dependents, dependants, dependent, children, child, kids, family status, familial status, family size,
        household size""",
        unless="company account",
    ),
    _warned(
        "Age is usual for life and Medicare, and restricted for auto and home in some states.",
        _RATING,
        MEDIUM,
        """age, ages, dob, date of birth, birth date, birthdate, birthday, year of birth, birth year, date birth,
        generation""",
        unless="account building business company home house lead property roof vehicle",
    ),
    _warned(
        "Some states restrict credit, education and occupation where personal lines are concerned.",
        _RATING,
        MEDIUM,
        "credit, credit score, education, degree, school, occupation, employment status",
        unless="card loan",
    ),
)
