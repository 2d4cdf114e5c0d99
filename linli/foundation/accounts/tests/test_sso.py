"""The single sign-on opens linked accounts of this district and never makes one; a service stands in on 127.0.0.1."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.test import Client

from linli.foundation.accounts import actions
from linli.foundation.accounts.models import SignedIn, User
from linli.foundation.accounts.tests.builders import account, grant


class Service(BaseHTTPRequestHandler):
    """Discovery and tokens of a sign-on service; says who signed in from `subject`."""

    subject = "s-1"
    issuer = ""

    def do_GET(self) -> None:
        base = self.issuer
        self._answer(
            {
                "issuer": base, "authorization_endpoint": f"{base}/authorize", "token_endpoint": f"{base}/token",
                "userinfo_endpoint": f"{base}/me", "jwks_uri": f"{base}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
        )  # fmt: skip

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        claims = {
            "iss": self.issuer, "aud": "linli", "sub": Service.subject, "exp": int(time.time()) + 60,
            "iat": int(time.time()), "name": "Somebody Real", "email": "somebody@example.org",
        }  # fmt: skip
        self._answer({"access_token": "t", "token_type": "Bearer", "id_token": jwt.encode(claims, "k" * 32)})

    def _answer(self, body: dict[str, object]) -> None:
        raw = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def service(settings) -> Iterator[type[Service]]:
    """A running stand-in, set as the district's single sign-on."""
    server = HTTPServer(("127.0.0.1", 0), Service)
    Service.issuer, Service.subject = f"http://127.0.0.1:{server.server_port}", "s-1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "district", "name": "SSO", "client_id": "linli", "secret": "hush",
                    "settings": {"server_url": Service.issuer, "scope": ["openid"], "fetch_userinfo": False, "oauth_pkce_enabled": True},
                }
            ]
        }
    }  # fmt: skip
    yield Service
    server.shutdown()
    server.server_close()


def through(client: Client, prefix: str = "", next_: str = "/signed-out"):
    """There and back: the answer of the callback."""
    there = client.get(f"{prefix}/sign-in/sso/district", {"next": next_})
    assert there.status_code == 302, there.content
    asked = parse_qs(urlsplit(there.url).query)
    assert asked["scope"] == ["openid"] and "code_challenge" in asked
    return client.get(f"{prefix}/sign-in/sso/district/back", {"code": "c", "state": asked["state"][0]})


def test_a_linked_account_is_opened_and_nothing_about_the_person_is_kept(work, service):
    context, actor = work
    user = account(context)
    grant(context, user, "handler")
    actions.link_subject(actor=actor, user=user, subject="s-1", now=context.now)
    client = Client()
    assert through(client).url == "/signed-out"
    assert client.get("/desk/accounts/own").status_code == 200
    assert SocialAccount.objects.get().extra_data == {} and not SocialToken.objects.exists()


def test_the_second_factor_is_asked_for_here_too(work, service):
    context, actor = work
    user = account(context, demonstration=False)
    grant(context, user, "district_admin")
    actions.link_subject(actor=actor, user=user, subject="s-1", now=context.now)
    client = Client()
    assert through(client).url == "/sign-in/setup"
    assert client.get("/desk/accounts/own").status_code == 302


def test_an_unlinked_subject_opens_and_makes_nothing(work, service):
    context, _ = work
    account(context)
    before = User.objects.count()
    answer = through(Client())
    assert answer.url == "/sign-in"
    assert (
        User.objects.count() == before
        and not SocialAccount.objects.exists()
        and not SignedIn.objects.exists()
    )


def test_a_subject_of_another_districts_account_or_of_an_ended_one_opens_nothing(work, other_work, service):
    context, actor = work
    other, other_actor = other_work
    there, ended = account(other), account(context)
    actions.link_subject(actor=other_actor, user=there, subject="s-1", now=other.now)
    assert through(Client(), "/d/luzhou").url == "/d/luzhou/sign-in"
    actions.link_subject(actor=actor, user=ended, subject="s-2", now=context.now)
    actions.end_account(actor=actor, user=ended, now=context.now)
    service.subject = "s-2"
    assert through(Client()).url == "/sign-in"
    assert not SignedIn.objects.exists()


def test_a_forged_or_cancelled_return_leads_back_to_the_sign_in_page(work, service):
    client = Client()
    assert client.get("/sign-in/sso/district/back", {"code": "c", "state": "made-up"}).url == "/sign-in"
    client.get("/sign-in/sso/district")
    assert client.get("/sign-in/sso/district/back", {"error": "access_denied"}).url == "/sign-in"


def test_an_unreachable_service_is_said_so(work, service, settings):
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    app["settings"]["server_url"] = "http://127.0.0.1:9"
    client = Client()
    assert client.get("/sign-in/sso/district").url == "/sign-in"


def test_without_the_setting_there_is_no_single_sign_on(work):
    assert Client().get("/sign-in/sso/district").status_code == 404
    assert "sso" not in Client().get("/sign-in").content.decode()
