"""Tickets by e-mail, for the duty officer of an OPD without a system of its own."""

from __future__ import annotations

import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from triage.dispatch.channels import EmailChannel, MailServer
from triage.dispatch.result import Message, Result

TIMEOUT_SECONDS = 20.0
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


def send_mail(channel: EmailChannel, server: MailServer, message: Message, now: datetime) -> Result:
    """Hand the message to the SMTP server; refused for good is what it answers 5xx (RFC 5321)."""
    try:
        with _connected(server) as smtp:
            smtp.send_message(compose(channel, server, message, now))
    except smtplib.SMTPRecipientsRefused as error:
        codes = {code for code, _ in error.recipients.values()}
        return Result("never" if min(codes) >= 500 else "later", f"penerima ditolak (SMTP {min(codes)})")
    except smtplib.SMTPResponseException as error:
        # a wrong password is the administrator's to mend, not the message's fault
        final = error.smtp_code >= 500 and not isinstance(error, smtplib.SMTPAuthenticationError)
        return Result("never" if final else "later", f"ditolak server surel (SMTP {error.smtp_code})")
    except (OSError, smtplib.SMTPException) as error:
        return Result("later", f"server surel tidak terjangkau ({type(error).__name__})")
    return Result("sent", receipt=f"<{message.message_id}@{_domain(server)}>")


def compose(channel: EmailChannel, server: MailServer, message: Message, now: datetime) -> EmailMessage:
    """The e-mail. The same Message-ID at every attempt, so that mail programs can drop a repetition.

    EmailMessage refuses line breaks in headers, and no free text stands in one.
    """
    data = message.data
    mail = EmailMessage()
    mail["From"] = server.sender
    mail["To"] = ", ".join(channel.to)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{message.message_id}@{_domain(server)}>"
    mail["Subject"] = f"[{data['priority']}] {data['number']} {_HEADS[message.kind]}: {data['complaint_name']}"
    if data["priority"] == "P1":
        mail["X-Priority"] = "1"
    mail.set_content(_text(message))
    return mail


def _text(message: Message) -> str:
    data = message.data
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
        f"Penelepon : {data['callers']}",
        f"Keterangan: {data['description'] or '-'}",
    ]
    return "\n".join(lines) + "\n"


def _connected(server: MailServer) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS, context=context)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
        if server.security == "starttls":
            smtp.starttls(context=context)
    if server.user is not None and server.password is not None:
        smtp.login(server.user, server.password.get_secret_value())
    return smtp


def _domain(server: MailServer) -> str:
    return server.sender.rpartition("@")[2]
