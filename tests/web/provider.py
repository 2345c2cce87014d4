"""An identity provider in small: discovery, keys, token endpoint, over real HTTP on this machine."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "leadtier-client", "the-client-s-secret"
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@dataclass
class FakeProvider:
    """What it says is settable: `claims` over the good ones, `faults` by name."""

    now: int
    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    faults: set[str] = field(default_factory=set)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start: Any) -> list[bytes]:
        path = environ["PATH_INFO"]
        self.asked.append(path)
        if "down" in self.faults:
            start("503 Service Unavailable", [])
            return [b"away"]
        if path == "/.well-known/openid-configuration":
            found: dict[str, Any] = self._discovery()
        elif path == "/keys":
            found = {"keys": [json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(_KEY.public_key())) | {"kid": "one"}]}
        else:
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
            found = self._token({name: values[0] for name, values in parse_qs(body).items()}, environ)
        start("400 Bad Request" if "error" in found else "200 OK", [("Content-Type", "application/json")])
        return [json.dumps(found).encode()]

    def _discovery(self) -> dict[str, str]:
        own = "https://evil.example" if "another issuer" in self.faults else self.issuer
        return {
            "issuer": own,
            "authorization_endpoint": f"{self.issuer}/authorise",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }

    def consent(self, address: str) -> str:
        """What the person's browser does at the provider: the address by which it comes back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(f"{self.issuer}/authorise?")
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = f"code{len(self.codes)}"
        self.codes[code] = asked
        return f"{urlsplit(asked['redirect_uri']).path}?code={code}&state={asked['state']}"

    def _token(self, given: dict[str, str], environ: dict[str, Any]) -> dict[str, Any]:
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self.codes.pop(given.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(given.get("code_verifier", "").encode()).digest())
        proved = asked is not None and challenge.decode().rstrip("=") == asked["code_challenge"]
        if environ.get("HTTP_AUTHORIZATION") != f"Basic {basic}" or not proved or asked is None:
            return {"error": "invalid_grant"}
        claims = {
            "iss": self.issuer, "aud": CLIENT, "sub": "subject-1", "iat": self.now, "exp": self.now + 300,
            "nonce": asked["nonce"], "email": "ann@bluebonnet.example", "email_verified": True, "name": "Ann Verified",
        } | self.claims  # fmt: skip
        return {"access_token": "x", "token_type": "Bearer", "id_token": self._signed(claims)}

    def _signed(self, claims: dict[str, Any]) -> str:
        if "no signature" in self.faults:
            return jwt.encode(claims, "", algorithm="none", headers={"kid": "one"})
        if "client's own secret" in self.faults:
            return jwt.encode(claims, SECRET * 3, algorithm="HS256", headers={"kid": "one"})
        key = _OTHER_KEY if "another key" in self.faults else _KEY
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": "one"})


@contextmanager
def answering(provider: FakeProvider) -> Iterator[FakeProvider]:
    """The provider, reachable under its `issuer`."""
    with make_server("127.0.0.1", 0, provider, handler_class=Quiet) as server:
        provider.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield provider
        server.shutdown()
        thread.join()
