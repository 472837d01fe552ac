import pytest
from support.calls import TREE, ghost, recording, segment, transcript

from triage.cli.expect import compare, read_manifest
from triage.errors import InputError
from triage.suggestion.build import Findings, build_suggestion
from triage.suggestion.turns import TimedTurns
from triage.taxonomy import load_taxonomy

HEADER = "file,caller_text,operator_text,disposition,complaint_type,target_opd,ghost_kind,safety\n"


def tree(call_id="a", verdict=None):
    heard = TimedTurns.from_segments([segment("pohon tumbang")])
    return build_suggestion(
        call_id,
        Findings(heard, heard, TREE, (), (), verdict or ghost(kind=None, probability=0.0)),
        load_taxonomy(),
        classifier="fake 1",
        recording=recording(),
        transcript=transcript(segment("pohon tumbang")),
    )


def manifest(path, *rows):
    file = path / "manifest.csv"
    file.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return read_manifest(file)


class TestComparing:
    def test_counts_what_is_right(self, tmp_path):
        rows = manifest(
            tmp_path,
            "a.wav,,,ticket,pohon_tumbang,DLHK,,",
            "b.wav,,,ticket,sampah,DLHK,,",
            "c.wav,,,ghost,,,prank_anak,",
        )
        result = compare(rows, {"a.wav": tree(), "b.wav": tree(), "c.wav": tree(verdict=ghost())})
        assert (result.disposition.right, result.disposition.expected) == (3, 3)
        assert (result.complaint_type.right, result.complaint_type.expected) == (1, 2)
        assert (result.target_opd.right, result.target_opd.expected) == (2, 2)
        assert "jenis aduan benar    1 dari 2 (50%)" in result.summary()

    def test_a_file_without_a_suggestion_is_wrong_and_named(self, tmp_path):
        result = compare(manifest(tmp_path, "a.wav,,,ticket,sampah,DLHK,,"), {"other.wav": tree()})
        assert (result.disposition.right, result.disposition.expected) == (0, 1)
        assert (result.missing, result.unexpected) == (["a.wav"], ["other.wav"])

    def test_a_safety_sample_called_ghost_is_a_danger(self, tmp_path):
        rows = manifest(tmp_path, "a.wav,,,ticket,,,,S1", "b.wav,,,ticket,,,,S4")
        result = compare(rows, {"a.wav": tree(verdict=ghost()), "b.wav": tree()})
        assert result.safety_called_ghost == ["a.wav"]
        assert "BAHAYA" in result.summary()
        assert (result.safety.right, result.safety.expected) == (0, 2)


class TestReading:
    def test_a_missing_column_is_named(self, tmp_path):
        file = tmp_path / "manifest.csv"
        file.write_text("file,disposition\n")
        with pytest.raises(InputError, match="complaint_type, target_opd, safety"):
            read_manifest(file)

    @pytest.mark.parametrize("data", [None, b"\xff\xfe\x80"])
    def test_a_file_that_cannot_be_read(self, tmp_path, data):
        file = tmp_path / "manifest.csv"
        if data:
            file.write_bytes(data)
        with pytest.raises(InputError) as caught:
            read_manifest(file)
        assert caught.value.code == "manifest_unreadable"
