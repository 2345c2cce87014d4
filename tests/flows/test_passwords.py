"""Which passwords are taken, and what is kept of them."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from connector.flows import passwords

WHO = ("olivia.ortiz@bluebonnet.example", "Bluebonnet Insurance")


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "Password1234",
        "P@ssw0rd!2026",
        "passwordpassword",
        "123456789012",
        "aaaaaaaaaaaaaaa",
        "abababababab",
        "olivia.ortiz@bluebonnet.example",
        "OliviaOrtiz2026",
        "BluebonnetInsurance",
        "Bluebonnet2026!",
        "leadtierleadtier",
        "x" * 201,
    ],
)
def test_what_anybody_would_try_first_is_refused_with_a_sentence(password: str) -> None:
    assert passwords.problem(password, *WHO).endswith(".")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "vT9#mWq2!xLd",
        "twelve chars",
        "bluebonnet rains on tigers",
        "Straße im Mondlicht",
        "密码密钥风雨雷电山川河流",
    ],
)
def test_anything_else_of_twelve_characters_is_taken(password: str) -> None:
    assert passwords.problem(password, *WHO) == ""


def test_what_is_kept_is_argon2id_with_a_salt_of_its_own() -> None:
    one, other = passwords.hashed("correct horse battery"), passwords.hashed("correct horse battery")
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert one != other
    assert passwords.fits(one, "correct horse battery")
    assert not passwords.fits(one, "correct horse batterz")


def test_a_keyboard_that_composes_letters_otherwise_types_the_same_password() -> None:
    assert passwords.fits(passwords.hashed("caf\u00e9 am Fluss im Mai"), "cafe\u0301 am Fluss im Mai")


@pytest.mark.parametrize("kept", ["", "no hash at all"])
def test_where_no_password_is_kept_none_fits(kept: str) -> None:
    assert not passwords.fits(kept, "")
    assert not passwords.fits(kept, "nobody has this password")


def test_a_hash_of_weaker_days_is_known_as_such() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash("correct horse battery")
    assert passwords.fits(weak, "correct horse battery")
    assert passwords.is_dated(weak)
    assert not passwords.is_dated(passwords.hashed("correct horse battery"))
