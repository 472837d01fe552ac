"""Redaction, measured on marked sentences and tried on single ones."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from support.redaction import SEEN, UNSEEN, conversations, measure, unmarked

from triage.privacy.names import asks_for_name
from triage.privacy.redact import find_personal_data, redact, redact_turns

PAGE = Path(__file__).parents[3] / "docs" / "privacy.md"


class TestMeasured:
    def test_numbers_and_addresses_are_all_found_and_nothing_else(self):
        for path in (SEEN, UNSEEN):
            for kind in ("nomor", "nik", "email"):
                counts = measure(path)[kind]
                assert (counts.recall, counts.precision) == (1.0, 1.0), f"{path.name}: {kind}"

    def test_names_on_the_sentences_the_rules_were_made_with(self):
        names = measure(SEEN)["name"]
        assert names.recall > 0.95
        assert names.precision > 0.97

    def test_the_page_states_the_figures_of_the_unseen_sentences(self):
        rows = {
            row[1]: row.group(2, 3, 4)
            for row in re.finditer(
                r"^\| `\[(\w+)\]` \| (\d+) \| ([\d.]+) \| ([\d.]+) \|$", PAGE.read_text("utf-8"), re.M
            )
        }
        figures = measure(UNSEEN)
        assert rows == {
            mark: (str(figures[kind].personal), f"{figures[kind].recall:.2f}", f"{figures[kind].precision:.2f}")
            for mark, kind in (("NAMA", "name"), ("NOMOR", "nomor"), ("NIK", "nik"), ("EMAIL", "email"))
        }

    def test_masking_twice_is_masking_once(self):
        for turns in (*conversations(SEEN), *conversations(UNSEEN)):
            once = redact_turns([unmarked(turn) for turn in turns])
            assert redact_turns(once) == once


class TestNumbers:
    @pytest.mark.parametrize(
        "text",
        [
            "nomor saya nol delapan satu dua tiga empat lima enam tujuh delapan",
            "nomor saya 0812 3456 78",
            "+62 812-3456-7890",
            "(0401) 312 1234",
            "kosong lapan satu dobel dua tiga tiga ampat anam tuju",
        ],
    )
    def test_telephone_numbers(self, text):
        assert "[NOMOR]" in redact(text)
        assert not re.search(r"\d{3}|\bdelapan\b|\blapan\b", redact(text))

    @pytest.mark.parametrize("digits", [15, 16, 17])
    def test_sixteen_digits_are_an_identity_number(self, digits):
        text = "9071034508900003"[:digits].ljust(digits, "5")
        assert redact(f"nik {text} pak") == f"nik [{'NIK' if digits == 16 else 'NOMOR'}] pak"

    @pytest.mark.parametrize(
        "text",
        ["satu satu dua", "112", "pukul 20.15", "18-11-2025", "Rp12.500.000", "tes satu dua tiga empat lima enam"],
    )
    def test_others_stay(self, text):
        assert redact(text) == text

    def test_a_number_dictated_in_pieces(self):
        turns = ["nomor hp ta berapa", "nol delapan satu", "nol delapan satu", "tiga empat lima", "terus", "enam tujuh"]
        assert redact_turns(turns)[1:] == ["[NOMOR]", "[NOMOR]", "[NOMOR]", "terus", "[NOMOR]"]

    def test_pieces_that_make_no_number_stay(self):
        turns = ["rt berapa pak", "rt nol tiga", "rw berapa", "rw nol lima", "rumah nomor berapa", "dua belas"]
        assert redact_turns(turns) == turns


class TestNames:
    def test_of_one_to_four_words(self):
        for name in ("rahmat", "rahmat hidayat", "muhammad rahmat hidayat", "andi muhammad rahmat hidayat"):
            assert redact(f"nama saya {name} mau lapor") == "nama saya [NAMA] mau lapor"

    def test_stop_at_a_place(self):
        assert redact("nama saya basri mandonga") == "nama saya [NAMA] mandonga"

    def test_an_ordinary_word_that_is_a_name_too_needs_a_sure_cue(self):
        assert redact("nama saya bunga") == "nama saya [NAMA]"
        assert redact("saya bunga tidur") == "saya bunga tidur"

    def test_of_a_street_stay(self):
        assert redact("jalan haji hasan, lorong pak budi") == "jalan haji hasan, lorong pak budi"

    @pytest.mark.parametrize("text", ["dengan siapa ini?", "atas nama siapa bu", "nama lengkap bapak", "siapa namanya"])
    def test_questions_for_a_name(self, text):
        assert asks_for_name(text)

    @pytest.mark.parametrize("text", ["siapa yang jatuh", "nama jalannya apa", "", "di mana alamatnya"])
    def test_other_questions(self, text):
        assert not asks_for_name(text)


class TestRanges:
    def test_do_not_overlap_and_are_in_order(self):
        for turns in conversations(SEEN):
            for turn in turns:
                found = find_personal_data(unmarked(turn))
                assert all(one[1] <= other[0] for one, other in pairwise(found))

    def test_nothing_in_nothing(self):
        assert redact("") == ""
        assert redact_turns([]) == []
