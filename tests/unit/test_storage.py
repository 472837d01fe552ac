"""Where recordings are kept."""

import os
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.local import LocalFileSystem
from support.s3 import serve_s3

from triage.errors import MissingError, StoreError
from triage.storage import TEMPORARY, Storage

NAME = "2025/11/18/call-1.wav"


class OtherFileSystem(DirFileSystem):
    """Stands for a file system that is neither a local folder nor an object store, sftp say."""

    protocol = "other"

    def __init__(self, **options):
        super().__init__("/", LocalFileSystem(auto_mkdir=True), **options)


@pytest.fixture(params=["file", "memory", "other", "s3"])
def storage(request, tmp_path, monkeypatch):
    fsspec.register_implementation("other", OtherFileSystem, clobber=True)
    if request.param != "s3":
        yield Storage({"memory": f"memory:/{tmp_path}"}.get(request.param, f"{request.param}://{tmp_path}/audio"))
        return
    with serve_s3("kota") as (endpoint, _):
        for name, value in {"ENDPOINT_URL": endpoint, "ACCESS_KEY_ID": "x", "SECRET_ACCESS_KEY": "x"}.items():
            monkeypatch.setenv(f"AWS_{name}", value)
        monkeypatch.setenv("AWS_DEFAULT_REGION", "local")
        fsspec.get_filesystem_class("s3").clear_instance_cache()
        yield Storage("s3://kota/rekaman")
    fsspec.get_filesystem_class("s3").clear_instance_cache()


class TestAFile:
    def test_is_read_as_it_was_written(self, storage):
        reference = storage.write(NAME, b"suara")
        assert storage.read(reference) == b"suara"
        assert storage.size(reference) == 5
        assert storage.exists(reference)
        with storage.open(reference) as file:
            file.seek(2)
            assert file.read(2) == b"ar"

    def test_is_replaced(self, storage):
        storage.write(NAME, b"lama")
        assert storage.read(storage.write(NAME, b"baru")) == b"baru"
        assert list(storage.names()) == [NAME]

    def test_is_gone_after_deletion_which_may_be_repeated(self, storage):
        reference = storage.write(NAME, b"suara")
        storage.delete(reference)
        storage.delete(reference)
        assert not storage.exists(reference)
        assert list(storage.names()) == []

    def test_that_is_not_there(self, storage):
        for deed in (storage.read, storage.open, storage.size):
            with pytest.raises(MissingError) as raised:
                deed(NAME)
            assert raised.value.code == "audio_missing"
        assert not storage.exists(NAME)

    def test_moves_with_the_storage(self, tmp_path):
        reference = Storage(f"file://{tmp_path}/lama").write(NAME, b"suara")
        (tmp_path / "lama").rename(tmp_path / "baru")
        assert Storage(f"file://{tmp_path}/baru").read(reference) == b"suara"


class TestAWriteThatFails:
    @pytest.mark.parametrize("failing", ["fsync", "replace"])
    def test_leaves_nothing(self, tmp_path, monkeypatch, failing):
        storage = Storage(f"file://{tmp_path}/audio")
        storage.write("2025/11/18/other.wav", b"lama")

        def fail(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(*((os, "fsync") if failing == "fsync" else (Path, "replace")), fail)
        with pytest.raises(StoreError) as raised:
            storage.write(NAME, b"suara")
        assert raised.value.code == "storage_unavailable"
        assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["other.wav"]

    def test_leaves_nothing_where_files_are_renamed(self, tmp_path, monkeypatch):
        fsspec.register_implementation("other", OtherFileSystem, clobber=True)
        monkeypatch.setattr(OtherFileSystem, "mv", lambda *_: (_ for _ in ()).throw(OSError("no")))
        with pytest.raises(StoreError):
            Storage(f"other://{tmp_path}/audio").write(NAME, b"suara")
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []

    def test_is_never_seen_half_done(self, tmp_path, monkeypatch):
        seen = []
        monkeypatch.setattr(os, "fsync", lambda _: seen.extend(path.name for path in tmp_path.rglob("*.wav")))
        Storage(f"file://{tmp_path}").write(NAME, b"suara")
        assert seen[0].startswith(TEMPORARY)

    def test_to_a_store_that_is_away(self, tmp_path):
        (tmp_path / "audio").write_text("a file where the folder should be")
        with pytest.raises(StoreError):
            Storage(f"file://{tmp_path}/audio").write(NAME, b"suara")


class TestAReference:
    @pytest.mark.parametrize(
        "reference", ["../x.wav", "a/../../x.wav", "/etc/passwd", "a//b", "", ".", "a/./b", "a\\..\\b", "a\0b", "a/"]
    )
    def test_never_leads_outside(self, storage, reference):
        for deed in (storage.read, storage.open, storage.size, storage.exists, storage.delete):
            with pytest.raises(StoreError):
                deed(reference)
        with pytest.raises(StoreError):
            storage.write(reference, b"x")

    def test_of_a_url_below_the_storage(self):
        storage = Storage("s3://kota/rekaman/")
        assert storage.reference_of("s3://kota/rekaman/a/b.wav") == "a/b.wav"

    @pytest.mark.parametrize(
        "url",
        [
            "s3://kota/rekaman",
            "s3://kota/rekaman2/b.wav",
            "s3://lain/rekaman/b.wav",
            "s3://kota/rekaman/../b",
            "/etc/x",
        ],
    )
    def test_of_any_other_url_is_none(self, url):
        assert Storage("s3://kota/rekaman").reference_of(url) is None


class TestAUrl:
    def test_of_an_unknown_kind_says_what_to_do(self):
        with pytest.raises(StoreError) as raised:
            Storage("foo://user:rahasia@host/x").read("a.wav")
        assert raised.value.code == "storage_unsupported"
        assert "rahasia" not in str(raised.value)
