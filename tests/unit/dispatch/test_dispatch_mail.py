"""Tickets by e-mail, through a real SMTP server."""

import email
import email.policy
import socket
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from support.rows import MESSAGE_DATA, NOON

from triage.dispatch.channels import EmailChannel, MailServer
from triage.dispatch.mail import send_mail
from triage.dispatch.result import Message

CHANNEL = EmailChannel(kind="email", to=["piket@damkar.kendari.go.id", "kepala@damkar.kendari.go.id"])


ZONE = ZoneInfo("Asia/Makassar")


def message(kind="ticket.created"):
    return Message("msg_0001", kind, {"type": kind, "data": MESSAGE_DATA})


def send(server, kind="ticket.created", channel=CHANNEL):
    return send_mail(channel, server, message(kind), NOON, ZONE)


class Inbox:
    """Keeps what comes, or answers with the code that a test wants."""

    def __init__(self):
        self.mails, self.envelopes, self.answer, self.unknown, self.quit = [], [], "250 OK", [], "221 Bye"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        if self.answer.startswith("250"):
            self.envelopes.append(envelope)
            self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return self.answer

    async def handle_QUIT(self, server, session, envelope):  # noqa: N802
        if self.quit == "":
            server.transport.close()
        return self.quit

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if self.answer.startswith("RCPT") or address in self.unknown:
            return self.answer.removeprefix("RCPT ") if self.answer.startswith("RCPT") else "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"


@pytest.fixture
def inbox():
    return Inbox()


@pytest.fixture
def server(inbox):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield MailServer(host="127.0.0.1", port=port, security="none", sender="112@kendarikota.go.id")
    controller.stop()


class TestMail:
    def test_tells_a_duty_officer_what_to_do(self, server, inbox):
        assert send(server).outcome == "sent"
        [mail] = inbox.mails
        assert mail["Subject"] == "[P1] KDI-112-20251118-0001 Tiket baru: Kebakaran bangunan"
        assert mail["To"] == "piket@damkar.kendari.go.id, kepala@damkar.kendari.go.id"
        assert mail["Message-ID"] == "<msg_0001@kendarikota.go.id>"
        text = mail.get_content()
        for words in ("Mohon segera", "Jl. Segar", "-3.98, 122.51", "Penelepon : 3", "18-11-2025 20.00 WITA"):
            assert words in text
        assert text.splitlines()[-2:] == ["Keterangan: dekat sekolah", "            Bcc: orang@lain.id"]

    def test_of_a_withdrawn_ticket_says_so_first(self, server, inbox):
        send(server, "ticket.withdrawn")
        assert "tidak perlu ditindaklanjuti lagi" in inbox.mails[0].get_content()

    def test_goes_to_nobody_else_whatever_the_text_says(self, server, inbox):
        send(server)
        assert inbox.envelopes[0].rcpt_tos == CHANNEL.to
        assert inbox.mails[0]["Bcc"] is None

    @pytest.mark.parametrize("goodbye", ["221 Bye", "421 too busy", "500 what?", ""])
    def test_that_was_taken_is_sent_however_the_server_says_goodbye(self, server, inbox, goodbye):
        inbox.quit = goodbye
        assert send(server).outcome == "sent"


class TestRefusal:
    def test_of_one_recipient_beside_others_is_told(self, server, inbox):
        inbox.unknown = CHANNEL.to[1:]
        result = send(server)
        assert (result.outcome, inbox.envelopes[0].rcpt_tos) == ("sent", CHANNEL.to[:1])
        assert CHANNEL.to[1] in result.reason

    @pytest.mark.parametrize(
        ("answer", "outcome"),
        [
            ("451 try later", "later"),
            ("554 no", "never"),
            ("RCPT 450 mailbox busy", "later"),
            ("RCPT 550 no such user", "never"),
        ],
    )
    def test_for_good_or_for_now(self, server, inbox, answer, outcome):
        inbox.answer = answer
        result = send(server)
        assert result.outcome == outcome
        assert "SMTP" in result.reason

    def test_by_silence_is_for_now(self):
        nobody = MailServer(host="127.0.0.1", port=1, security="none", sender="a@b")
        assert send(nobody).outcome == "later"

    def test_without_the_encryption_asked_for_is_for_now_and_nothing_was_sent(self, server, inbox):
        encrypted = server.model_copy(update={"security": "starttls"})
        assert send(encrypted).outcome == "later"
        assert inbox.mails == []
