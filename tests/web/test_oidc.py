"""Log-in by an OpenID Connect provider: a small one of our own on the loopback address, which signs as providers do."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa


class Provider(ThreadingHTTPServer):
    """Discovery, token and keys; whoever comes is the person in `claims`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.claims: dict[str, Any] = {}
        self.nonce: str | None = None
        self.exchanges: list[dict[str, list[str]]] = []

    def identity(self) -> str:
        """An identity token, signed."""
        now = int(time.time())
        words = {"iss": self.url, "aud": "greenrule", "iat": now, "exp": now + 300, **self.claims}
        if self.nonce:
            words["nonce"] = self.nonce
        return jwt.encode(words, self.key, algorithm="RS256", headers={"kid": "1"})


class Answers(BaseHTTPRequestHandler):
    server: Provider

    def _say(self, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        at = self.server
        if self.path.startswith("/.well-known"):
            self._say(
                {"issuer": at.url, "authorization_endpoint": f"{at.url}/authorize", "token_endpoint": f"{at.url}/token",
                 "userinfo_endpoint": f"{at.url}/userinfo", "jwks_uri": f"{at.url}/keys",
                 "token_endpoint_auth_methods_supported": ["client_secret_post"]}
            )  # fmt: skip
        elif self.path == "/keys":
            key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(at.key.public_key()))
            self._say({"keys": [{**key, "kid": "1", "use": "sig", "alg": "RS256"}]})
        else:
            self._say(at.claims)

    def do_POST(self) -> None:
        at = self.server
        at.exchanges.append(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self._say({"access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": at.identity()})

    def log_message(self, *rest: Any) -> None:
        return None


@pytest.fixture
def provider(settings_of: Any) -> Iterator[Provider]:
    server = Provider()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    app = {
        "provider_id": "oidc",
        "name": "统一认证",
        "client_id": "greenrule",
        "secret": "s",
        "settings": {"server_url": server.url},
    }
    settings_of(SOCIALACCOUNT_PROVIDERS={"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}})
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def known(served: Any) -> Iterator[Any]:
    """Somebody who has an account with a verified address."""
    from allauth.account.models import EmailAddress

    from greenrule.store.desk.people import add_person, password_replaced

    user, _ = add_person("oidc-known", "known@example.org", "测试")
    password_replaced(user)
    EmailAddress.objects.create(user=user, email="known@example.org", verified=True, primary=True)
    yield user
    user.delete()


def go(client: Any, provider: Provider) -> Any:
    """To the provider and back."""
    page = client.get("/accounts/login/").content.decode()
    assert "统一认证" in page
    answer = client.post("/accounts/oidc/oidc/login/")
    asked = parse_qs(urlsplit(answer["Location"]).query)
    assert answer["Location"].startswith(f"{provider.url}/authorize")
    assert asked["code_challenge_method"] == ["S256"]
    provider.nonce = asked.get("nonce", [None])[0]
    back = client.get("/accounts/oidc/oidc/login/callback/", {"code": "c", "state": asked["state"][0]})
    assert provider.exchanges[-1]["code_verifier"][0]
    return back


def who(client: Any) -> str | None:
    return client.get("/api/v1/me").json()["user"]


def test_a_stranger_is_not_let_in_where_signing_up_is_closed(client: Any, provider: Provider) -> None:
    from django.contrib.auth import get_user_model

    provider.claims = {"sub": "1", "email": "new@example.org", "email_verified": True, "preferred_username": "newcomer"}
    before = get_user_model().objects.count()
    go(client, provider)
    client.post("/accounts/3rdparty/signup/", {"username": "newcomer", "email": "new@example.org"})
    assert who(client) is None
    assert get_user_model().objects.count() == before


def test_a_known_address_opens_the_account_only_where_the_provider_is_trusted(
    client: Any, provider: Provider, known: Any, settings_of: Any
) -> None:
    provider.claims = {"sub": "2", "email": "known@example.org", "email_verified": True}
    go(client, provider)
    assert who(client) is None
    settings_of(SOCIALACCOUNT_EMAIL_AUTHENTICATION=True, SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT=True)
    provider.claims["email_verified"] = False
    go(client, provider)
    assert who(client) is None
    provider.claims["email_verified"] = True
    go(client, provider)
    assert who(client) == "oidc-known"


def test_a_person_joins_the_provider_and_logs_in_by_it(client: Any, provider: Provider, known: Any) -> None:
    from django.test import Client

    provider.claims = {"sub": "3", "email": "elsewhere@example.org"}
    client.force_login(known)
    answer = client.post("/accounts/oidc/oidc/login/?process=connect")
    asked = parse_qs(urlsplit(answer["Location"]).query)
    client.get("/accounts/oidc/oidc/login/callback/", {"code": "c", "state": asked["state"][0]})
    other = Client()
    go(other, provider)
    assert who(other) == "oidc-known"


def test_a_second_factor_is_asked_after_the_provider_too(
    client: Any, provider: Provider, known: Any, settings_of: Any
) -> None:
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    TOTP.activate(known, generate_totp_secret())
    settings_of(SOCIALACCOUNT_EMAIL_AUTHENTICATION=True, SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT=True)
    provider.claims = {"sub": "4", "email": "known@example.org", "email_verified": True}
    answer = go(client, provider)
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    assert who(client) is None


def test_a_state_that_is_not_ours_opens_nothing(client: Any, provider: Provider, known: Any) -> None:
    provider.claims = {"sub": "5", "email": "known@example.org", "email_verified": True}
    client.get("/accounts/oidc/oidc/login/callback/", {"code": "c", "state": "made-up"})
    assert who(client) is None
