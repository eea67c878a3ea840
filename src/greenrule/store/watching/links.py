"""Links in mails: each says what it is for and whom it concerns, signed with the server's key; forged or late ones open nothing."""

from __future__ import annotations

import base64
import binascii
import uuid
from datetime import timedelta
from typing import Literal

from django.core.signing import BadSignature, SignatureExpired, TimestampSigner

from greenrule.core.errors import Fault, InputFault

#: confirm a wish; see one's subscriptions; end one of them
Purpose = Literal["confirm", "list", "end"]
#: Days for which a link opens what it is for.  A mail is kept for years, and so is the way to end what it comes from.
DAYS: dict[Purpose, int | None] = {"confirm": 3, "list": 7, "end": None}


def link_token(purpose: Purpose, uid: uuid.UUID) -> str:
    """The part of a link that is signed: letters, digits, `-`, `_` and `.`."""
    return _signer(purpose).sign(base64.urlsafe_b64encode(uid.bytes).decode().rstrip("="))


def read_token(purpose: Purpose, token: str) -> uuid.UUID:
    """Whom a link concerns.  Raises InputFault WAT003 for one that we did not write for this, WAT004 for one that is too old."""
    days = DAYS[purpose]
    try:
        told = _signer(purpose).unsign(token, max_age=None if days is None else timedelta(days=days))
        return uuid.UUID(bytes=base64.urlsafe_b64decode(told + "=="))
    except SignatureExpired:
        raise InputFault(Fault("WAT004", f"链接已过期（{days} 天内有效）", None, "重新索取一封邮件")) from None
    except (BadSignature, binascii.Error, ValueError):
        raise InputFault(Fault("WAT003", "链接无效", None, "从邮件中完整地复制链接，或重新索取一封邮件")) from None


def _signer(purpose: Purpose) -> TimestampSigner:
    # Neither `:` nor `=`: some mail programs end a link there.
    return TimestampSigner(sep=".", salt=f"greenrule.watching.{purpose}")
