"""Tickets by e-mail, for the duty officer of an OPD without a system of its own."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from triage.dispatch.channels import EmailChannel, MailServer
from triage.dispatch.result import Message, Result

TIMEOUT_SECONDS = 60.0
"""For each step: a server may look through a mail before it takes it (RFC 5321 allows minutes)."""
_HEADS = {
    "ticket.created": "Tiket baru",
    "ticket.updated": "Tiket berubah",
    "ticket.withdrawn": "Tiket dicabut",
}
_ORDERS = {
    "ticket.created": "Mohon segera ditindaklanjuti.",
    "ticket.updated": "Isi tiket ini menggantikan pemberitahuan sebelumnya.",
    "ticket.withdrawn": "Tiket ini tidak perlu ditindaklanjuti lagi oleh OPD Anda.",
}


def send_mail(channel: EmailChannel, server: MailServer, message: Message, now: datetime, zone: ZoneInfo) -> Result:
    """Hand the message to the SMTP server; refused for good is what it answers 5xx (RFC 5321). zone: of its times."""
    mail = compose(channel, server, message, now, zone)
    try:
        with _connected(server) as smtp:
            refused = smtp.send_message(mail)
    except smtplib.SMTPRecipientsRefused as error:
        codes = {code for code, _ in error.recipients.values()}
        return Result("never" if min(codes) >= 500 else "later", f"penerima ditolak (SMTP {min(codes)})")
    except smtplib.SMTPResponseException as error:
        # a wrong password is the administrator's to mend, not the message's fault
        final = error.smtp_code >= 500 and not isinstance(error, smtplib.SMTPAuthenticationError)
        return Result("never" if final else "later", f"ditolak server surel (SMTP {error.smtp_code})")
    except OSError as error:  # SMTPException is one
        return Result("later", f"server surel tidak terjangkau ({type(error).__name__})")
    reason = f"terkirim, tetapi ditolak untuk {', '.join(sorted(refused))}" if refused else ""
    return Result("sent", reason, receipt=str(mail["Message-ID"]))


def compose(channel: EmailChannel, server: MailServer, message: Message, now: datetime, zone: ZoneInfo) -> EmailMessage:
    """The e-mail. The same Message-ID at every attempt, so that mail programs can drop a repetition.

    EmailMessage refuses line breaks in headers, and no free text stands in one.
    """
    data = message.data
    mail = EmailMessage()
    mail["From"] = server.sender
    mail["To"] = ", ".join(channel.to)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{message.message_id}@{server.sender.rpartition('@')[2]}>"
    mail["Subject"] = f"[{data['priority']}] {data['number']} {_HEADS[message.kind]}: {data['complaint_name']}"
    if data["priority"] == "P1":
        mail["X-Priority"] = "1"
    mail.set_content(_text(message, zone))
    return mail


def _text(message: Message, zone: ZoneInfo) -> str:
    data = message.data
    opened = datetime.fromisoformat(str(data["created_at"])).astimezone(zone)
    # set in, so that a line of the note cannot pass for one of ours
    description = f"\n{' ' * 12}".join(str(data["description"]).splitlines())
    point = f"{data['latitude']}, {data['longitude']}" if data["latitude"] is not None else "-"
    lines = [
        f"{_HEADS[message.kind]} Call Center 112. {_ORDERS[message.kind]}",
        "",
        f"Nomor     : {data['number']} (revisi {data['revision']}, {data['status']})",
        f"Jenis     : {data['complaint_name']}",
        f"Prioritas : {data['priority']}",
        f"Tujuan    : {data['opd_name']}",
        f"Tempat    : {data['place'] or data['place_id'] or '-'}",
        f"Koordinat : {point}",
        f"Dibuka    : {opened:%d-%m-%Y %H.%M %Z}",
        f"Penelepon : {data['callers']}",
        f"Keterangan: {description or '-'}",
    ]
    return "\n".join(lines) + "\n"


@contextmanager
def _connected(server: MailServer) -> Iterator[smtplib.SMTP]:
    context = ssl.create_default_context()
    if server.security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS, context=context)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
    try:
        if server.security == "starttls":
            smtp.starttls(context=context)
        if server.user is not None and server.password is not None:
            smtp.login(server.user, server.password.get_secret_value())
        yield smtp
    finally:
        with suppress(OSError):  # what it says to that changes nothing: the mail was taken, or was not
            smtp.quit()
        smtp.close()
