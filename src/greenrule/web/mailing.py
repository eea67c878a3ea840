"""Send the mails that are due through the server's mail server, one connection for a round.

A mail server that cannot be reached is nobody's fault: what is due stays due, without a try.  One that says no to a mail for now is
asked again later; one that says no for good is believed.
"""

from __future__ import annotations

import logging
import smtplib
import time
from typing import Any

from django.conf import settings
from django.core.mail import get_connection

from greenrule.core.errors import EnvironmentFault, InputFault
from greenrule.store.watching import mailing, subscriptions
from greenrule.store.watching.models import Posted, Wish
from greenrule.web.letters import letter, message, offered

_LOG = logging.getLogger("greenrule.watch")
#: Seconds for which a mail server that was away is left alone, from the first time to the last.
_QUIET, _QUIETEST = 15.0, 600.0
_ERRORS = (OSError, smtplib.SMTPException)


class Post:
    """The way to the mail server; remembers for how long it is left alone after it was away."""

    def __init__(self) -> None:
        self._until, self._quiet = 0.0, 0.0

    def send(self, most: int = 500) -> int:
        """Send what is due; how many went out.  `most`: at one time, so that what else is due is not kept waiting."""
        if not settings.MAIL_SENT or time.monotonic() < self._until:
            return 0
        sent, link = 0, None
        try:
            for posted in mailing.take_mail(links=offered()):
                told = self._written(posted)
                if told is None or not mailing.mine(posted):
                    continue
                link = link or self._open(posted)
                if link is None:
                    break
                try:
                    link.send_messages([told])
                except (*_ERRORS, ValueError) as error:
                    _LOG.warning("%s %s not sent: %s", type(posted).__name__, posted.pk, _without_addresses(error))
                    mailing.record_mail(posted, False, hopeless=_hopeless(error))
                    _close(link)
                    link = None
                else:
                    mailing.record_mail(posted, True)
                    sent += 1
                if sent >= most:
                    break
        finally:
            if link is not None:
                _close(link)
        return sent

    def _written(self, posted: Posted) -> Any:
        """The mail, or None where there is none to send: of that nothing is left to be done."""
        try:
            told = letter(posted)
        except EnvironmentFault:
            raise
        except InputFault as error:  # a finding that was altered
            _LOG.error("%s %s cannot be written: %s", type(posted).__name__, posted.pk, error)
            told = None
        if told is None:
            if isinstance(posted, Wish):
                subscriptions.forget(posted)
            else:
                mailing.record_mail(posted, False, hopeless=True)
            return None
        return message(posted, told)

    def _open(self, posted: Posted) -> Any:
        link = get_connection()
        try:
            link.open()
        except _ERRORS as error:
            self._quiet = min(max(_QUIET, self._quiet * 2), _QUIETEST)
            self._until = time.monotonic() + self._quiet
            _LOG.error("mail server: %s; asked again in %.0f s", error, self._quiet)
            mailing.put_back(posted)
            return None
        self._until = self._quiet = 0.0
        return link


def _hopeless(error: Exception) -> bool:
    """Whether a mail server has said no for good (5xx, to the recipient or to the mail), or the mail is none."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(500 <= code < 600 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPDataError):
        return 500 <= error.smtp_code < 600
    return isinstance(error, ValueError)


def _without_addresses(error: Exception) -> str:
    """What went wrong, for a log that is kept for longer than an address."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "recipient refused: " + ", ".join(str(code) for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{type(error).__name__} {error.smtp_code}"
    return f"{type(error).__name__}: {error}" if isinstance(error, OSError) else type(error).__name__


def _close(link: Any) -> None:
    try:
        link.close()
    except _ERRORS:
        return


def send_mail(most: int = 500) -> int:
    """Send what is due now, from a command or a test; how many went out."""
    return Post().send(most)
