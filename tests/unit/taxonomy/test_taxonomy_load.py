"""The bundled taxonomy, and what a contradictory one gets."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from training.corpus.load import TRAIN, VALIDATION, read_calls
from triage.errors import KnowledgeError
from triage.places import load_gazetteer
from triage.taxonomy import load_taxonomy
from triage.taxonomy.load import DATA


class TestBundledTaxonomy:
    def test_has_the_documented_sizes(self) -> None:
        taxonomy = load_taxonomy()
        sizes = [len(part) for part in (taxonomy.types, taxonomy.opds, taxonomy.ghost_kinds, taxonomy.safety)]
        assert sizes == [38, 52, 10, 8]
        assert list(taxonomy.priorities) == ["P1", "P2", "P3", "P4"]

    def test_version_carries_the_effective_date(self) -> None:
        assert load_taxonomy().version == "0.4+2025-06-10"

    def test_is_read_once(self) -> None:
        assert load_taxonomy() is load_taxonomy()

    def test_caps_and_short_codes(self) -> None:
        taxonomy = load_taxonomy()
        assert taxonomy.ghost_kinds["prank_dewasa"].cap == 0.5
        assert taxonomy.safety["S2_berbisik"].cap == 0.1
        assert [item.short for item in taxonomy.safety.values()] == [f"S{number}" for number in range(1, 9)]

    def test_exceptions_are_targets_after_main_and_supporting(self) -> None:
        cable = load_taxonomy().types["gangguan_listrik"]
        assert cable.allowed_opds[0] == cable.main_opd == "PLN"
        assert "TELKOM" in cable.allowed_opds
        assert "BPJN" in load_taxonomy().types["tanah_longsor"].allowed_opds
        assert "BPJN" not in load_taxonomy().types["sampah"].allowed_opds

    def test_a_question_may_go_to_every_opd(self) -> None:
        taxonomy = load_taxonomy()
        assert set(taxonomy.types["informasi_layanan"].allowed_opds) == set(taxonomy.opds)

    def test_types_are_in_force_from_the_day_the_service_opened(self) -> None:
        fire = load_taxonomy().types["kebakaran_bangunan"]
        assert not fire.in_force(date(2025, 6, 9))
        assert fire.in_force(date(2025, 6, 10))
        assert fire.in_force(date(2040, 1, 1))

    @pytest.mark.parametrize("path", [TRAIN, VALIDATION], ids=["train", "validation"])
    def test_the_corpus_keeps_to_it(self, path: Path) -> None:
        types = load_taxonomy().types
        broken = [
            (call.id, call.complaint_type, call.target_opd)
            for call in read_calls(path)
            if call.complaint_type and call.target_opd not in types[call.complaint_type].allowed_opds
        ]
        assert broken == []

    def test_utterances_name_places_of_the_gazetteer(self) -> None:
        known = {place.id for place in load_gazetteer().places}
        named = {place for item in load_taxonomy().types.values() for said in item.utterances for place in said.places}
        assert named <= known


def _break_opd(raw: dict[str, Any]) -> None:
    raw["jenis_aduan"][0]["opd_pendukung"].append("DINAS_HANTU")


def _break_code(raw: dict[str, Any]) -> None:
    raw["jenis_aduan"][1]["kode"] = raw["jenis_aduan"][0]["kode"]


def _break_confusion(raw: dict[str, Any]) -> None:
    raw["jenis_aduan"][0]["mudah_tertukar"][0]["tipe"] = "kebakaran_laut"


def _break_priority(raw: dict[str, Any]) -> None:
    del raw["meta"]["prioritas"]["P1"]


def _break_cap(raw: dict[str, Any]) -> None:
    raw["ghost"]["jenis"][0]["keyakinan_maks"] = 1.4


def _break_dates(raw: dict[str, Any]) -> None:
    raw["jenis_aduan"][0]["berlaku_sampai"] = date(2020, 1, 1)


def _break_exception(raw: dict[str, Any]) -> None:
    raw["jenis_aduan"][0]["opd_boleh"] = [{"opd": "DINAS_HANTU", "aturan": "tidak ada"}]


def _drop_main(raw: dict[str, Any]) -> None:
    del raw["jenis_aduan"][0]["opd_utama"]


def _drop_ghosts(raw: dict[str, Any]) -> None:
    del raw["ghost"]["jenis"]


class TestContradictions:
    @pytest.mark.parametrize(
        ("change", "named"),
        [
            (_break_opd, "DINAS_HANTU"),
            (_break_code, "comes twice"),
            (_break_confusion, "kebakaran_laut"),
            (_break_priority, "P1"),
            (_break_cap, "keyakinan_maks"),
            (_break_dates, "berlaku_sampai"),
            (_break_exception, "opd_boleh"),
            (_drop_main, "opd_utama"),
            (_drop_ghosts, "jenis"),
        ],
    )
    def test_is_refused_and_named(self, change: Callable[[dict[str, Any]], None], named: str, tmp_path: Path) -> None:
        shutil.copy(DATA / "opd.yaml", tmp_path)
        raw = yaml.load((DATA / "taxonomy.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        change(raw)
        (tmp_path / "taxonomy.yaml").write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
        with pytest.raises(KnowledgeError) as caught:
            load_taxonomy(tmp_path)
        assert named in caught.value.message_en
        assert caught.value.exit_code == 3

    def test_an_unchanged_copy_is_accepted(self, tmp_path: Path) -> None:
        for name in ("opd.yaml", "taxonomy.yaml"):
            shutil.copy(DATA / name, tmp_path)
        assert load_taxonomy(tmp_path) == load_taxonomy()

    def test_missing_file_and_broken_yaml(self, tmp_path: Path) -> None:
        with pytest.raises(KnowledgeError, match=r"taxonomy\.yaml"):
            load_taxonomy(tmp_path)
        (tmp_path / "taxonomy.yaml").write_text("meta: [", encoding="utf-8")
        with pytest.raises(KnowledgeError, match=r"taxonomy\.yaml"):
            load_taxonomy(tmp_path)
