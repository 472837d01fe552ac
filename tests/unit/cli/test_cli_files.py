from pathlib import Path

import pytest

from triage.cli.files import find_recordings, write_lines
from triage.errors import InputError


class TestFindingRecordings:
    def test_a_folder_gives_its_recordings_sorted_and_nothing_else(self, tmp_path):
        for name in ("b.wav", "a.MP3", "manifest.csv", "c.opus"):
            (tmp_path / name).touch()
        assert [path.name for path in find_recordings([tmp_path])] == ["a.MP3", "b.wav", "c.opus"]

    def test_a_named_file_is_always_meant(self):
        assert find_recordings([Path("rekaman.bin")]) == [Path("rekaman.bin")]

    def test_a_folder_without_recordings_is_an_error(self, tmp_path):
        with pytest.raises(InputError) as caught:
            find_recordings([tmp_path])
        assert caught.value.code == "folder_without_recordings"


class TestWritingWholeOrNotAtAll:
    def test_makes_the_folder_and_ends_each_line(self, tmp_path):
        write_lines(tmp_path / "new" / "out.jsonl", ["a", "b"])
        assert (tmp_path / "new" / "out.jsonl").read_bytes() == b"a\nb\n"

    def test_a_failure_midway_leaves_the_old_file_and_no_other(self, tmp_path):
        out = tmp_path / "out.jsonl"
        out.write_text("old\n")

        def lines():
            yield "new"
            raise RuntimeError

        with pytest.raises(RuntimeError):
            write_lines(out, lines())
        assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]
        assert out.read_text() == "old\n"

    def test_a_place_that_cannot_be_written_is_an_input_error(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(InputError) as caught:
            write_lines(tmp_path / "file" / "out.jsonl", ["a"])
        assert (caught.value.code, caught.value.exit_code) == ("output_not_writable", 2)
