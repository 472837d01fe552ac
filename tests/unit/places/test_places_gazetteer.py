"""The gazetteer, the recogniser's hotwords and the sound key."""

from __future__ import annotations

from pathlib import Path

import pytest

from triage.errors import KnowledgeError
from triage.places import hotwords, load_gazetteer
from triage.places.gazetteer import DATA
from triage.places.sound import coarse_key, sound_key


class TestGazetteer:
    def test_holds_every_kecamatan_and_kelurahan(self) -> None:
        kinds = [place.kind for place in load_gazetteer().places]
        assert (kinds.count("kecamatan"), kinds.count("kelurahan")) == (11, 65)

    def test_a_place_without_a_point_has_that_of_its_kelurahan(self) -> None:
        places = {place.id: place for place in load_gazetteer().places}
        village, landmark = places["kel-7471031001"], places["lmk-puskesmas-lepo-lepo"]
        assert (village.village, village.latitude) == ("Baruga", pytest.approx(-4.05, abs=0.05))
        assert (landmark.village, landmark.district) == ("Lepo Lepo", "Baruga")
        assert landmark.longitude == pytest.approx(122.5, abs=0.1)
        assert places["jln-harimau"].latitude is None

    def test_an_id_that_comes_twice_is_refused(self, tmp_path: Path) -> None:
        lines = (DATA / "gazetteer.csv").read_text(encoding="utf-8").splitlines()
        copy = tmp_path / "gazetteer.csv"
        copy.write_text("\n".join([*lines, lines[1]]) + "\n", encoding="utf-8")
        with pytest.raises(KnowledgeError, match="comes twice"):
            load_gazetteer(copy)

    def test_a_missing_column_is_refused(self, tmp_path: Path) -> None:
        copy = tmp_path / "gazetteer.csv"
        copy.write_text("id,nama\nx,y\n", encoding="utf-8")
        with pytest.raises(KnowledgeError, match=r"mudah_tertukar|jenis"):
            load_gazetteer(copy)

    def test_a_missing_file_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(KnowledgeError):
            load_gazetteer(tmp_path / "none.csv")


class TestHotwords:
    def test_names_are_unique_few_and_led_by_agencies(self) -> None:
        names = hotwords(load_gazetteer()).split(", ")
        assert len(names) == len(set(names)) == 60
        assert names[0] == "damkar"
        assert {"Mandonga", "Poasia", "Puuwatu", "Kendari Beach"} <= set(names)

    def test_fewer_on_demand(self) -> None:
        assert len(hotwords(load_gazetteer(), most=5).split(", ")) == 5


class TestSoundKey:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("Yoenoes", "yunus"),
            ("Tobuuha", "tobuha"),
            ("Wundudopi", "undu dopi"),
            ("Punggolaka", "pungolaka"),
            ("Kassilampe", "kasilampe"),
            ("Wua-Wua", "ua ua"),
            ("Labibia", "labibiya"),
            ("Puuwatu", "pu watu"),
        ],
    )
    def test_spellings_of_one_name_share_a_key(self, one: str, other: str) -> None:
        assert sound_key(one) == sound_key(other)

    @pytest.mark.parametrize(("one", "other"), [("Punggaloba", "Punggolaka"), ("Anawai", "Anaiwoi"), ("mata", "Kadia")])
    def test_different_names_do_not(self, one: str, other: str) -> None:
        assert sound_key(one) != sound_key(other)
        assert coarse_key(sound_key(one)) != coarse_key(sound_key(other))
