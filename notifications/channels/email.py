"""E-mail by Django's backend: the console by default, SMTP when EMAIL_URL names a server."""

import smtplib
from contextlib import suppress

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils.translation import gettext as _

from notifications.channels import CannotConnect, Letter

# What says "this letter", not "this server": the connection stays good for the next one.
_ONE_LETTER = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError, ValueError)


class EmailChannel:
    """One connection to the mail server for a number of letters, opened with the first."""

    def __init__(self) -> None:
        self._connection = get_connection()

    def send(self, letter: Letter) -> None:
        """Raises CannotConnect when the server does not answer, else what the server says to the letter."""
        self._open()
        try:
            sent = _mail(letter, self._connection).send()
        except _ONE_LETTER:
            raise
        except Exception:
            self.close()  # a broken connection must not fail the next letter too
            raise
        if not sent:
            raise RuntimeError("the mail backend took nothing")

    def _open(self) -> None:
        try:
            self._connection.open()
        except Exception as error:
            self.close()
            raise CannotConnect(f"{type(error).__name__}: {error}") from error

    def close(self) -> None:
        with suppress(Exception):
            self._connection.close()


def _mail(letter: Letter, connection: object) -> EmailMessage:
    # A line break in a header is refused by Django, and a title may hold one.
    subject = " ".join(letter.title.split())
    lines = "\n\n".join(f"{' '.join(title.split())}\n{link}" for title, link in letter.lines)
    return EmailMessage(
        subject=subject,
        body=_("%(title)s\n\nSee: %(link)s\n") % {"title": lines or subject, "link": letter.link},
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[letter.address],
        headers={"Message-ID": letter.message_id},
        connection=connection,
    )
