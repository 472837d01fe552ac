"""The channels file: what is wrong in it is named before anything is sent."""

import pytest

from triage.dispatch.channels import load_channels
from triage.errors import InputError

OPDS = frozenset({"PLN", "DLHK"})
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def load(tmp_path, text):
    path = tmp_path / "channels.yaml"
    path.write_text(text)
    return load_channels(path, OPDS)


class TestGoodFile:
    def test_gives_each_opd_its_channel_and_the_others_the_default(self, tmp_path, monkeypatch):
        monkeypatch.setenv("PLN_SECRET", SECRET)
        channels = load(
            tmp_path,
            """
mail_server: {host: mail.kendarikota.go.id, sender: 112@kendarikota.go.id}
default: {kind: email, to: [piket@kendarikota.go.id]}
opd:
  PLN: {kind: webhook, url: "https://pln.example/hook", secret: "${PLN_SECRET}"}
""",
        )
        assert channels.of("PLN").secret.get_secret_value() == SECRET
        assert channels.of("DLHK").kind == "email"

    def test_none_at_all_keeps_tickets_here(self):
        assert load_channels(None, OPDS).of("PLN") is None


class TestBadFile:
    @pytest.mark.parametrize(
        ("text", "named"),
        [
            ("opd: {XYZ: {kind: email, to: [a@b.id]}}\nmail_server: {host: h, sender: a@b.id}", "XYZ"),
            ("opd: {PLN: {kind: pigeon}}", "opd.PLN"),
            ("opd: {PLN: {kind: webhook, url: 'ftp://x', secret: " + SECRET + "}}", "opd.PLN.webhook.url"),
            ("opd: {PLN: {kind: webhook, url: 'https://x.id', secret: short}}", "secret"),
            ("opd: {PLN: {kind: webhook, url: 'https://x.id', secret: '${NOT_SET}'}}", "NOT_SET"),
            ("default: {kind: email, to: [a@b.id]}", "mail_server"),
            ("default: {kind: email, to: ['a@b.id, c@d.id']}", "default.email.to.0"),
            ("opd: [", "channels.yaml"),
        ],
    )
    def test_is_refused_by_naming_what_is_wrong(self, tmp_path, text, named):
        with pytest.raises(InputError) as error:
            load(tmp_path, text)
        assert named in error.value.message_id
        assert "docs/dispatch.md" in error.value.message_id

    def test_that_is_missing(self, tmp_path):
        with pytest.raises(InputError, match="tidak dapat dibaca"):
            load_channels(tmp_path / "none.yaml", OPDS)

    def test_does_not_show_the_secret(self, tmp_path):
        with pytest.raises(InputError) as error:
            load(tmp_path, "opd: {PLN: {kind: webhook, url: 'https://x.id', secret: rahasia-sekali}}")
        assert "rahasia-sekali" not in str(error.value)
