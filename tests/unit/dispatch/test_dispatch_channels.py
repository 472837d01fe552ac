"""The channels file: what is wrong in it is named before anything is sent."""

import pytest

from triage.dispatch.channels_file import load_channels
from triage.errors import InputError
from triage.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
GOOD = """
mail_server: {host: mail.kendarikota.go.id, sender: 112@kendarikota.go.id, password: "${MAIL_PASSWORD}"}
default:
  - {kind: email, to: [piket@kendarikota.go.id]}
opd:
  PLN:
    - {kind: webhook, url: "https://pln.example/hook", secret: "${PLN_SECRET}"}
    - {kind: email, to: [piket@pln.example]}
  BPBD: []
"""


def load(tmp_path, text):
    path = tmp_path / "channels.yaml"
    path.write_text(text)
    return load_channels(path, TAXONOMY)


def refusal(tmp_path, text):
    with pytest.raises(InputError) as error:
        load(tmp_path, text)
    assert error.value.code == "channels_invalid"
    assert "docs/dispatch.md" in error.value.message_id
    assert "docs/dispatch.md" in error.value.message_en
    return error.value


class TestGoodFile:
    def test_gives_each_opd_its_channels_and_the_others_the_default(self, tmp_path, monkeypatch):
        monkeypatch.setenv("PLN_SECRET", SECRET)
        monkeypatch.setenv("MAIL_PASSWORD", "x: [#\"'")  # whatever it holds, it cannot break the file
        channels = load(tmp_path, GOOD)
        assert list(channels.of("PLN")) == ["webhook", "email"]
        assert channels.of("PLN")["webhook"].secret.get_secret_value() == SECRET
        assert list(channels.of("DLHK")) == ["email"]
        assert channels.of("BPBD") == {}
        assert channels.mail_server.password.get_secret_value() == "x: [#\"'"

    def test_is_the_one_in_the_documentation(self, tmp_path, monkeypatch, request):
        for name in ("MAIL_PASSWORD", "PLN_SECRET", "DLHK_KEY"):
            monkeypatch.setenv(name, SECRET)
        page = (request.config.rootpath / "docs" / "dispatch.md").read_text("utf-8")
        channels = load(tmp_path, page.split("```yaml")[1].split("```")[0])
        assert list(channels.of("DLHK")) == ["open311"]

    def test_none_at_all_keeps_tickets_here(self, tmp_path):
        assert load_channels(None, TAXONOMY).of("PLN") == {}
        assert load(tmp_path, "").of("PLN") == {}


HOOK = "opd:\n  PLN:\n    - kind: webhook\n      url: https://x.id\n"
CITY = "opd:\n  PLN:\n    - {kind: open311, url: 'https://x.id', api_key: k, other: '9',\n       "


class TestBadFile:
    @pytest.mark.parametrize(
        ("text", "named"),
        [
            ("opd:\n  XYZ: []", "baris 2, opd.XYZ: kode ini tidak ada di taksonomi"),
            ("opd:\n  PLN:\n    - {kind: pigeon}", "baris 3, opd.PLN[0]: kind harus webhook, email atau open311"),
            ("opd:\n  PLN:\n    - {url: 'https://x.id'}", "baris 3, opd.PLN[0]: kind wajib diisi"),
            ("opd:\n  PLN: {kind: email, to: [a@b.id]}", "baris 2, opd.PLN: harus berupa daftar"),
            (HOOK, "baris 3, opd.PLN[0].secret: wajib diisi"),
            (HOOK.replace("https", "ftp") + f"      secret: {SECRET}", "baris 4, opd.PLN[0].url: harus alamat http://"),
            (HOOK + "      secret: short", "baris 5, opd.PLN[0].secret: harus whsec_"),
            (
                HOOK + "      secret: ${NOT_SET}",
                "baris 5, opd.PLN[0].secret: variabel lingkungan NOT_SET belum disetel",
            ),
            (HOOK + f"      secret: {SECRET}\n      color: red", "baris 6, opd.PLN[0].color: kunci ini tidak dikenal"),
            (CITY + "service_codes: {ufo: '1'}}", "baris 4, opd.PLN[0].service_codes.ufo: kode ini tidak ada"),
            ("default:\n  - {kind: email, to: [a@b.id]}", "baris 1: ada kanal email, tetapi mail_server belum diisi"),
            ("default:\n  - {kind: email, to: ['a@b.id, c@d.id']}", "baris 2, default[0].to[0]: bukan alamat surel"),
            ("default:\n  - {kind: email, to: []}", "baris 2, default[0].to: tidak boleh kosong"),
            ("default: [{kind: email, to: [a@b]}, {kind: email, to: [c@d]}]", "satu kanal dari tiap jenis"),
            ("- 1", "baris 1: harus berupa pasangan kunci dan nilai"),
            ("opd:\n  PLN: [", "baris 2: bukan YAML"),
        ],
    )
    def test_is_refused_by_naming_line_and_key(self, tmp_path, text, named):
        assert named in refusal(tmp_path, text).message_id

    def test_names_all_that_is_wrong(self, tmp_path):
        said = refusal(tmp_path, HOOK.replace("https", "ftp")).message_id
        assert "url" in said
        assert "secret" in said

    def test_that_is_missing_or_no_text(self, tmp_path):
        with pytest.raises(InputError, match="tidak dapat dibaca"):
            load_channels(tmp_path / "none.yaml", TAXONOMY)
        (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(InputError, match="tidak dapat dibaca"):
            load_channels(tmp_path / "binary.yaml", TAXONOMY)

    @pytest.mark.parametrize("text", [HOOK + "      secret: rahasia-sekali", HOOK + "      secret: [rahasia-sekali"])
    def test_does_not_show_the_secret(self, tmp_path, text):
        error = refusal(tmp_path, text)
        assert "rahasia-sekali" not in error.message_id + error.message_en
