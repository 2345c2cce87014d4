from __future__ import annotations

import pytest

from adapters.transport import redact

SECRET = "s3cr3t-value"


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {SECRET}",
        f"grant_type=refresh_token&refresh_token={SECRET}&x=1",
        f'{{"access_token": "{SECRET}"}}',
        f"client_secret={SECRET}",
        f"?code={SECRET}",
    ],
)
def test_what_looks_like_a_credential_is_struck_out(text: str) -> None:
    assert SECRET not in redact(text)
    assert "***" in redact(text)


def test_a_private_app_token_is_known_by_its_shape() -> None:
    assert redact("the token pat-na1-11111111-2222-3333-4444-555555555555 is odd") == "the token *** is odd"


def test_other_text_stays_and_long_text_is_cut() -> None:
    assert redact("Property age does not exist") == "Property age does not exist"
    assert len(redact("x" * 1000)) == 300
