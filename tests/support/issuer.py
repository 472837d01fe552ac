"""An OpenID Connect issuer on this machine: real discovery, keys and signed id tokens; it trusts whoever asks."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from support.servers import Reply, Request, serve


class Issuer:
    """claims: what it says of whoever logs in; metadata: over what it says of itself; key: it signs with.

    A test may change them. tokens: how many it has given away.
    """

    def __init__(self, client_id: str) -> None:
        self.client_id = client_id
        self.claims: dict[str, object] = {"sub": "s-1", "preferred_username": "budi"}
        self.key: RSAKey | None = RSAKey.generate_key(2048, {"kid": "k1"})
        self.published = self.key
        self.url = ""
        self.metadata: dict[str, object] = {}
        self.id_tokens = True
        self.tokens = 0
        self._asked: dict[str, dict[str, str]] = {}

    def log_in(self, location: str) -> str:
        """What a browser does at the issuer: follows the redirect there; the URL that it is sent back to."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        assert query["client_id"] == self.client_id
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_hex(8)
        self._asked[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def __call__(self, request: Request) -> Reply:
        """Discovery, keys, and tokens for codes."""
        if request.path == "/.well-known/openid-configuration":
            return self._json(
                {
                    "issuer": self.url,
                    "authorization_endpoint": f"{self.url}/authorize",
                    "token_endpoint": f"{self.url}/token",
                    "jwks_uri": f"{self.url}/keys",
                    "id_token_signing_alg_values_supported": ["RS256"],
                    **self.metadata,
                }
            )
        if request.path == "/keys":
            return self._json({"keys": [self.published.as_dict(private=False)]})
        return self._token(parse_qs(request.body.decode()))

    def _token(self, form: dict[str, list[str]]) -> Reply:
        asked = self._asked.pop(form["code"][0], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"][0].encode()).digest()).rstrip(b"=")
        if asked is None or asked["code_challenge"] != challenge.decode():
            return Reply(400, json.dumps({"error": "invalid_grant"}).encode(), {"Content-Type": "application/json"})
        self.tokens += 1
        if not self.id_tokens:
            return self._json({"access_token": "a", "token_type": "Bearer"})
        now = int(time.time())
        claims = {"iss": self.url, "aud": self.client_id, "iat": now, "exp": now + 60, "nonce": asked["nonce"]}
        claims |= self.claims
        token = jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key) if self.key else _unsigned(claims)
        return self._json({"access_token": "a", "token_type": "Bearer", "id_token": token})

    def _json(self, body: object) -> Reply:
        return Reply(body=body, headers={"Content-Type": "application/json"})


def _unsigned(claims: dict[str, object]) -> str:
    parts = ({"alg": "none"}, claims)
    head, body = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
    return f"{head}.{body}."


@contextmanager
def issuing(client_id: str) -> Iterator[Issuer]:
    """An issuer for the block."""
    issuer = Issuer(client_id)
    with serve(issuer) as url:
        issuer.url = url
        yield issuer
