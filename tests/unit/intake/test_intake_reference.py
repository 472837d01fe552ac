"""Recordings sent by their URL."""

import pytest
from support.intake import take

from triage.errors import InputError, MissingError, RecordingError
from triage.intake.reference import read_reference
from triage.settings import Settings
from triage.storage import Storage


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "rekaman"
    folder.mkdir()
    (folder / "a.wav").write_bytes(take(1))
    (tmp_path / "rahasia.wav").write_bytes(take(2))
    return folder


def read(url, place, **settings):
    settings = Settings(_env_file=None, import_urls=f"s3://lain/x, file://{place}", **settings)
    return read_reference(url, Storage(f"file://{place.parent}/audio"), settings)


class TestAUrl:
    def test_below_an_allowed_prefix_is_read(self, place):
        assert read(f"file://{place}/a.wav", place) == take(1)

    def test_in_the_storage_is_read(self, place):
        storage = Storage(f"file://{place.parent}/audio")
        storage.write("titipan/b.wav", take(3))
        assert read(f"{storage.url}/titipan/b.wav", place) == take(3)

    @pytest.mark.parametrize(
        "ending",
        ["/../rahasia.wav", "/x/../../rahasia.wav", "2/a.wav", "/", "//a.wav", "/%2e%2e/rahasia.wav", "/*.wav", ""],
    )
    def test_that_leads_out_is_refused(self, place, ending):
        with pytest.raises(InputError) as raised:
            read(f"file://{place}{ending}", place)
        assert (raised.value.code, raised.value.status) == ("reference_refused", 422)

    @pytest.mark.parametrize(
        "url",
        [
            "http://127.0.0.1/a.wav",
            "/etc/passwd",
            "file:///etc/passwd",
            "s3://rahasia/a.wav",
            "memory://x/a.wav",
            "a.wav",
            "simplecache::file:///etc/passwd",
            "s3://lain/x2/a.wav",
        ],
    )
    def test_elsewhere_is_refused(self, place, url):
        with pytest.raises(InputError) as raised:
            read(url, place)
        assert raised.value.code == "reference_refused"

    def test_by_a_symbolic_link_that_leads_out_is_refused(self, place):
        (place / "tautan.wav").symlink_to(place.parent / "rahasia.wav")
        (place / "folder").symlink_to(place.parent)
        for name in ("tautan.wav", "folder/rahasia.wav"):
            with pytest.raises(InputError):
                read(f"file://{place}/{name}", place)

    def test_of_a_web_server_is_never_allowed(self, place):
        settings = Settings(_env_file=None, import_urls="http://pbx.local/, HTTPS://pbx.local/")
        with pytest.raises(InputError):
            read_reference("http://pbx.local/a.wav", Storage(f"file://{place}"), settings)

    @pytest.mark.parametrize("name", ["tidak-ada-081234567890.wav", "sub"])
    def test_without_a_file_is_missing_and_its_name_is_not_repeated(self, place, name):
        (place / "sub").mkdir()
        with pytest.raises(MissingError) as raised:
            read(f"file://{place}/{name}", place)
        assert raised.value.code == "reference_missing"
        assert "081234567890" not in str(raised.value)

    def test_of_too_large_a_file_is_refused_before_it_is_read(self, place, monkeypatch):
        monkeypatch.setattr(Storage, "read", lambda *_: pytest.fail("was read"))
        with pytest.raises(RecordingError) as raised:
            read(f"file://{place}/a.wav", place, max_bytes=1000)
        assert raised.value.code == "recording_too_large"
