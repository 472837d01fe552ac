import json

import pytest

from triage.classifier import Turn
from triage.cli.jsonl import read_calls
from triage.errors import TextInputError


def write(path, *lines):
    file = path / "calls.jsonl"
    file.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return file


class TestBothShapes:
    def test_text_is_one_turn_of_an_unknown_speaker(self, tmp_path):
        file = write(tmp_path, {"id": "a", "text": "ada api"})
        assert read_calls(file) == [("a", (Turn("mixed", "ada api"),))]

    def test_turns_keep_their_speakers(self, tmp_path):
        turns = [{"speaker": "operator", "text": "halo"}, {"speaker": "caller", "text": "ada api"}]
        file = write(tmp_path, {"id": "b", "turns": turns})
        assert read_calls(file) == [("b", (Turn("operator", "halo"), Turn("caller", "ada api")))]

    def test_labels_of_a_corpus_are_let_through(self, tmp_path):
        file = write(tmp_path, {"id": "a", "text": "ada api", "complaint_type": "kebakaran_bangunan"})
        assert read_calls(file)[0][0] == "a"

    def test_blank_lines_a_byte_order_mark_and_an_empty_call_are_no_faults(self, tmp_path):
        file = write(tmp_path, "\ufeff" + json.dumps({"id": "a", "text": ""}), "", {"id": "b", "turns": []})
        assert [call_id for call_id, _ in read_calls(file)] == ["a", "b"]

    def test_a_line_separator_inside_a_text_does_not_end_the_line(self, tmp_path):
        file = write(tmp_path, '{"id": "a", "text": "ada\u2028api"}')
        assert read_calls(file) == [("a", (Turn("mixed", "ada\u2028api"),))]


class TestFaults:
    @pytest.mark.parametrize(
        "line",
        [
            "not json",
            "[1, 2]",
            '{"text": "tanpa id"}',
            '{"id": "", "text": "x"}',
            '{"id": "a"}',
            '{"id": "a", "text": "x", "turns": []}',
            '{"id": "a", "turns": [{"speaker": "robot", "text": "x"}]}',
            '{"id": "a", "turns": [{"speaker": "caller"}]}',
            '{"id": "a", "text": "x"',
        ],
    )
    def test_the_line_is_named(self, tmp_path, line):
        file = write(tmp_path, {"id": "good", "text": "x"}, "", line)
        with pytest.raises(TextInputError) as caught:
            read_calls(file)
        assert caught.value.code == "text_line_invalid"
        assert "3: " in caught.value.message_id
        assert "3: " in caught.value.message_en

    def test_only_the_first_faults_are_named(self, tmp_path):
        with pytest.raises(TextInputError, match=r"\(9\)") as caught:
            read_calls(write(tmp_path, *["x"] * 9))
        assert "5: " in caught.value.message_en
        assert "6: " not in caught.value.message_en

    @pytest.mark.parametrize(("data", "code"), [(b"\xff\xfe\x00", "text_not_utf8"), (b"\n \n", "text_empty")])
    def test_files_that_hold_no_calls(self, tmp_path, data, code):
        file = tmp_path / "calls.jsonl"
        file.write_bytes(data)
        with pytest.raises(TextInputError) as caught:
            read_calls(file)
        assert caught.value.code == code

    def test_a_missing_file_and_a_folder(self, tmp_path):
        for path in (tmp_path / "none.jsonl", tmp_path):
            with pytest.raises(TextInputError) as caught:
                read_calls(path)
            assert caught.value.code == "text_unreadable"
