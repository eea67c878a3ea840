"""How the account library behaves here: who may sign up, how secrets are kept, who is let in by a provider."""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _


class Accounts(DefaultAccountAdapter):
    """Accounts are made by whoever manages people, unless signing up is open."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Only where the server was started so."""
        return bool(settings.SIGNUP_OPEN)

    def format_email_subject(self, subject: str) -> str:
        """Who writes, before what it is about, both in the language that is spoken."""
        return f"{_('绿尺')} {subject}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send where there is a server for it."""
        if settings.MAIL_SENT:
            super().send_mail(template_prefix, email, context)


class Providers(DefaultSocialAccountAdapter):
    """Somebody whom a provider knows and we do not is a stranger, unless signing up is open."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """As for accounts of our own."""
        return bool(settings.SIGNUP_OPEN)

    def can_authenticate_by_email(self, login: Any, email: str) -> bool:
        """A provider's word on an e-mail address opens an account only where the server was told to trust it."""
        return bool(settings.SOCIALACCOUNT_EMAIL_AUTHENTICATION) and super().can_authenticate_by_email(login, email)


class SecondFactor(DefaultMFAAdapter):
    """Secrets of authenticators lie in the database sealed with the server's key: a stolen backup does not hold them."""

    def encrypt(self, text: str) -> str:
        """Seal with the key in use."""
        return _seals().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open with the key in use, or one that was in use before."""
        return _seals().decrypt(encrypted_text.encode()).decode()


def _seals() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet(
        [
            Fernet(
                base64.urlsafe_b64encode(
                    HKDF(algorithm=SHA256(), length=32, salt=None, info=b"greenrule second factor").derive(key.encode())
                )
            )
            for key in keys
        ]
    )
