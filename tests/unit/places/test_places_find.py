"""Places in what a caller said."""

from __future__ import annotations

import pytest

from triage.classifier import Turn
from triage.places import PlaceMatch, find_places


def heard(text: str) -> list[PlaceMatch]:
    return find_places([Turn("caller", text)])


def names(text: str) -> list[str]:
    return [match.name for match in heard(text)]


class TestExactNames:
    def test_quote_and_offsets_are_those_of_the_turn(self) -> None:
        turns = [Turn("operator", "Di mana, Pak?"), Turn("caller", "kebakaran di Lepo-Lepo, cepat")]
        [match] = find_places(turns)
        assert (match.id, match.turn, match.score) == ("kel-7471031002", 1, 1.0)
        assert turns[1].text[match.start : match.end] == match.quote == "Lepo-Lepo"

    def test_in_the_order_in_which_they_were_said(self) -> None:
        assert names("dari Kemaraya mau ke Pasar Panjang") == ["Kemaraya", "Pasar Panjang"]

    def test_each_place_once(self) -> None:
        assert names("Sodohoa pak, Sodohoa") == ["Sodohoa"]

    def test_aliases(self) -> None:
        assert names("saya di kebi") == ["Kendari Beach"]
        assert names("depan kampus UHO") == ["Universitas Halu Oleo"]

    def test_a_street_without_the_word_for_street(self) -> None:
        assert names("di Mokodompit ada pohon") == ["Jl. H.E.A. Mokodompit"]

    def test_numbers_are_words(self) -> None:
        assert names("depan SMAN 4 Kendari") == ["SMAN 4 Kendari"]

    def test_the_city_itself_is_no_place_to_send_anyone(self) -> None:
        assert names("ini 112 Kendari kah") == []

    def test_nothing_said(self) -> None:
        assert find_places([]) == []
        assert heard("   ") == []


class TestOnlyTheCallerIsHeard:
    def test_operator_turns_give_no_place(self) -> None:
        assert find_places([Turn("operator", "Di Punggolaka, Pak?"), Turn("caller", "bukan")]) == []

    def test_mixed_turns_do(self) -> None:
        assert [match.name for match in find_places([Turn("mixed", "banjir di Punggolaka")])] == ["Punggolaka"]

    def test_stage_tags_are_not_words(self) -> None:
        assert names("[isak] di Tipulu") == ["Tipulu"]


class TestMishearing:
    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("di wawo mbalata", "Wawombalata"),
            ("di sodo hoa", "Sodohoa"),
            ("rumahku di rahandona", "Rahandouna"),
            ("di pungolaka", "Punggolaka"),
            ("jalan brigjen m yunus", "Jl. Brigjen M. Yoenoes"),
            ("di anduonohu pak", "Andonohu"),
            ("dekat bonggoya", "Bonggoeya"),
            ("di tobuha", "Tobuuha"),
            ("di purilano", "Purirano"),
            ("di lahundabe", "Lahundape"),
            ("di kasi lampe", "Kassilampe"),
        ],
    )
    def test_spelling_splits_and_sounds(self, text: str, name: str) -> None:
        assert names(text) == [name]

    def test_a_misheard_name_scores_below_a_spelt_one(self) -> None:
        assert heard("di purilano")[0].score < heard("di puri rano")[0].score <= heard("di Purirano")[0].score == 1.0


class TestWordsThatAreAlsoPlaces:
    @pytest.mark.parametrize(
        "text",
        [
            "mata saya perih kena asap",
            "dia beli semua di pasar",
            "sudah di mata kaki airnya",
            "saya mau beli obat",
            "semua orang lari",
            "jalannya landai sekali",
            "pakai kata inting itu",
            "udara segar di gunung",
            "makan kelapa muda",
            "ada harimau lepas dari kandang",
            "buah buah jatuh semua",
            "di dapur dapurnya terbakar",
            "kaosnya terapung di air",
            "puskesmas habis obatnya",
            "nama saya La Ode Sahir",
        ],
    )
    def test_no_place_in_ordinary_indonesian(self, text: str) -> None:
        assert names(text) == []

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("kami di kampung Mata", "Mata"),
            ("di kelurahan mata pak", "Mata"),
            ("mata sana, yang dekat laut", "Mata"),
            ("banjir di Sanua", "Sanua"),
            ("lorong Kadia", "Kadia"),
            ("Talia pak", "Talia"),
            ("jalan Segar nomor dua", "Jl. Segar"),
            ("di jalan harimau", "Jl. Harimau"),
        ],
    )
    def test_with_a_cue_they_are_places(self, text: str, name: str) -> None:
        assert names(text) == [name]

    def test_beside_another_place(self) -> None:
        assert names("Jalan Cemara, Mata") == ["Jl. Cemara", "Mata"]


class TestTwins:
    def test_the_kelurahan_stands_and_the_kecamatan_is_asked_back(self) -> None:
        [match] = heard("di Mandonga")
        assert match.id == "kel-7471011005"
        assert match.ask_back == ("Kecamatan Mandonga",)

    def test_the_kecamatan_where_it_is_said(self) -> None:
        [match] = heard("di kecamatan Mandonga")
        assert match.id == "kec-747101"
        assert match.ask_back == ("Mandonga",)

    def test_near_names_are_asked_back_both_ways(self) -> None:
        assert heard("di Punggaloba")[0].ask_back == ("Punggolaka",)
        assert heard("di Punggolaka")[0].ask_back == ("Punggaloba",)

    def test_two_streets_called_by_pass(self) -> None:
        [match] = heard("tabrakan di by pass")
        assert {match.name, *match.ask_back} == {"Jl. Brigjen M. Yoenoes", "Jl. La Ode Hadi"}

    def test_a_lone_name_asks_nothing(self) -> None:
        assert heard("di Tipulu")[0].ask_back == ()


class TestOverlaps:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("di Abeli Dalam", ["Abeli Dalam"]),
            ("depan Pasar Baruga", ["Pasar Baruga"]),
            ("Puskesmas Benu-Benua", ["Puskesmas Benu-Benua"]),
            ("jalan Anawai", ["Jl. Anawai"]),
            ("di Anawai", ["Anawai"]),
            ("di kantor lurah Lepo-Lepo", ["Kantor Lurah Lepo-Lepo"]),
            ("Kendari Barat", ["Kecamatan Kendari Barat"]),
            ("jl brigjen m yoenoes mandonga", ["Jl. Brigjen M. Yoenoes", "Mandonga"]),
        ],
    )
    def test_the_longest_name_wins(self, text: str, expected: list[str]) -> None:
        assert names(text) == expected

    def test_names_do_not_run_over_turns(self) -> None:
        assert [m.name for m in find_places([Turn("caller", "di abeli"), Turn("caller", "dalam rumah")])] == ["Abeli"]
