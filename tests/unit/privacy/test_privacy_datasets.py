"""Data sets made from decisions, taken in from elsewhere and written again."""

from __future__ import annotations

import hashlib
import json
import stat
from collections import Counter

import pytest
from sqlalchemy import select, update
from support.kept import NOW, add_decided, days_ago, operator

from training.corpus.load import check_codes, read_calls
from training.corpus.table import read_table_report
from triage.audit import Actor, Audit
from triage.errors import ConflictError, InputError, MissingError
from triage.privacy.datasets import DataSets
from triage.privacy.table import HISTORY, MAPPING, write_table
from triage.store.repositories import datasets as repository
from triage.store.tables import AuditRow, Call, Dataset, DatasetRow, Decision, Review, TranscriptRow
from triage.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()
TREE = TAXONOMY.types["pohon_tumbang"]


@pytest.fixture
def data(database):
    return DataSets(database, Audit(b"kunci"), Actor("cli:data", "test"), TAXONOMY)


def add(database, *args, review=None, **values):
    with database.write() as session:
        call = add_decided(session, 10, *args, **values)
        if review is not None:
            row = {"call_pk": call.id, "user_pk": operator(session).id, "faults": [], "created_at": NOW} | review
            session.add(Review(**row))
        return call.call_id


def lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


class TestExport:
    def test_rows_are_redacted_and_labelled_as_people_decided(self, database, data, tmp_path):
        call_id = add(database)
        made = data.export(tmp_path / "rows.jsonl", "nov", NOW)
        assert lines(tmp_path / "rows.jsonl") == [
            {
                "id": call_id,
                "turns": [
                    {
                        "speaker": "caller",
                        "text": "halo nama saya [NAMA] ada pohon tumbang nomor saya [NOMOR]",
                    }
                ],
                "disposition": "ticket",
                "complaint_type": "pohon_tumbang",
                "target_opd": TREE.main_opd,
                "priority": TREE.priority,
                "ghost_kind": None,
                "safety": None,
                "places": [],
            }
        ]
        assert (made.rows, made.left_out) == (1, Counter())

    def test_the_training_package_reads_them(self, database, data, tmp_path):
        add(database)
        add(database, "ghost", None)
        add(database, "information", "informasi_layanan")
        out = tmp_path / "rows.jsonl"
        data.export(out, "nov", NOW)
        calls = read_calls(out)
        assert {call.disposition for call in calls} == {"ticket", "ghost", "information"}
        check_codes(calls, [], TAXONOMY)

    def test_is_kept_with_its_fingerprint_and_recorded(self, database, data, tmp_path):
        call_id = add(database)
        made = data.export(tmp_path / "rows.jsonl", "nov", NOW)
        with database.read() as session:
            dataset = session.scalars(select(Dataset)).one()
            row = session.scalars(select(DatasetRow)).one()
            pk = session.scalars(select(Call.id)).one()
            audit = session.scalars(select(AuditRow)).one()
        assert made.fingerprint == hashlib.sha256((tmp_path / "rows.jsonl").read_bytes()).hexdigest()
        assert (dataset.name, dataset.fingerprint, dataset.rows) == ("nov", made.fingerprint, 1)
        assert (row.row_id, row.call_pk, row.body["disposition"]) == (call_id, pk, "ticket")
        assert (audit.action, audit.object_id, audit.detail["rows"]) == ("data.export", "nov", 1)

    def test_the_file_is_for_its_owner_only(self, database, data, tmp_path):
        add(database)
        data.export(tmp_path / "rows.jsonl", "nov", NOW)
        assert stat.S_IMODE((tmp_path / "rows.jsonl").stat().st_mode) == 0o600

    def test_leaves_out_what_teaches_nothing_and_says_why(self, database, data, tmp_path):
        add(database)
        add(database, review={"faults": ["transcript"]})
        add(database, words=" ")
        add(database, "ghost", None, decision={"ghost_kind": None})
        add(database, decision={"complaint_type": "pohon_tumbang", "target_opd": "DISDUKCAPIL"})
        for verdict in ("cannot_tell", "bad_transcript"):
            add(database, decision={"verdict": verdict})
        with database.write() as session:
            call = add_decided(session, 10)
            call.state = "ready"
            add_decided(session, 10).text_purged_at = NOW
        made = data.export(tmp_path / "rows.jsonl", "nov", NOW)
        assert made.rows == 1
        assert made.left_out == Counter(transcript=1, silent=1, labels=1, taxonomy=1)

    def test_doubted_segments_are_left_out(self, database, data, tmp_path):
        add(database, words="pohon tumbang")
        with database.write() as session:
            row = session.scalars(select(TranscriptRow)).one()
            one = row.body["segments"][0]
            doubted = one | {"text": "terima kasih telah menonton", "doubts": [{"kind": "no_voice", "value": 0.0}]}
            said = one | {"channel": "operator", "text": "112 silakan"}
            row.body = row.body | {"segments": [said, one, doubted, one]}
        data.export(tmp_path / "rows.jsonl", "nov", NOW)
        assert [(turn["speaker"], turn["text"]) for turn in lines(tmp_path / "rows.jsonl")[0]["turns"]] == [
            ("operator", "112 silakan"),
            ("caller", "pohon tumbang pohon tumbang"),
        ]

    def test_a_review_counts_more_than_the_decision(self, database, data, tmp_path):
        add(database, review={"complaint_type": "banjir"})
        data.export(tmp_path / "rows.jsonl", "nov", NOW)
        row = lines(tmp_path / "rows.jsonl")[0]
        flood = TAXONOMY.types["banjir"]
        assert (row["complaint_type"], row["target_opd"]) == ("banjir", flood.main_opd)
        assert row["priority"] == flood.priority

    def test_the_last_decision_counts(self, database, data, tmp_path):
        add(database)
        with database.write() as session:
            first = session.scalars(select(Decision)).one()
            session.add(
                Decision(
                    call_pk=first.call_pk,
                    user_pk=first.user_pk,
                    verdict="correct",
                    disposition="ghost",
                    ghost_kind="prank_anak",
                    seconds=3,
                    created_at=NOW,
                )
            )
        data.export(tmp_path / "rows.jsonl", "nov", NOW)
        assert lines(tmp_path / "rows.jsonl")[0]["disposition"] == "ghost"

    def test_of_a_time_only(self, database, data, tmp_path):
        add(database)
        with database.write() as session:
            session.execute(update(Call).values(started_at=days_ago(10)))
        with pytest.raises(InputError) as raised:
            data.export(tmp_path / "rows.jsonl", "nov", NOW, until=days_ago(10))
        assert raised.value.code == "dataset_empty"
        assert data.export(tmp_path / "rows.jsonl", "nov", NOW, since=days_ago(10), until=days_ago(9)).rows == 1

    def test_more_calls_than_a_batch(self, database, data, tmp_path, monkeypatch):
        monkeypatch.setattr("triage.privacy.datasets._BATCH", 2)
        for _ in range(5):
            add(database)
        assert data.export(tmp_path / "rows.jsonl", "nov", NOW).rows == 5

    def test_after_an_error_there_is_neither_file_nor_data_set(self, database, data, tmp_path):
        add(database)
        data.export(tmp_path / "a.jsonl", "nov", NOW)
        with pytest.raises(ConflictError):
            data.export(tmp_path / "b.jsonl", "nov", NOW)
        with pytest.raises(InputError):
            data.export(tmp_path / "b.jsonl", "../nov", NOW)
        assert [path.name for path in tmp_path.glob("*.jsonl")] == ["a.jsonl"]
        assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


class TestTable:
    def test_the_command_that_trains_on_a_history_reads_it(self, database, data, tmp_path):
        said = 0
        for label, code in (("ticket", "pohon_tumbang"), ("ticket", "banjir"), ("information", "informasi_layanan")):
            for utterance in TAXONOMY.types[code].utterances:
                add(database, label, code, words=utterance.text)
                said += 1
        add(database, "ghost", None)
        out = tmp_path / "rows.jsonl"
        data.export(out, "nov", NOW)
        assert write_table(out, tmp_path / "table", TAXONOMY, "Kota Kendari", NOW.date()) == said
        with (tmp_path / "table" / MAPPING).open("a", encoding="utf-8") as mapping:
            mapping.write("minimum: 2\n")  # a test has few calls
        folder = tmp_path / "taxonomy"
        folder.mkdir()
        corpus, _ = read_table_report(tmp_path / "table" / HISTORY, tmp_path / "table" / MAPPING, folder)
        assert {call.complaint_type for call in corpus.calls} == {"pohon_tumbang", "banjir", "informasi_layanan"}
        assert {call.disposition for call in corpus.calls} == {"ticket", "information"}
        assert corpus.taxonomy.types["banjir"].main_opd == TAXONOMY.types["banjir"].main_opd


GOOD = {
    "id": "A1",
    "turns": [{"speaker": "caller", "text": "nama saya rahmat, pohon tumbang"}],
    "disposition": "ticket",
    "complaint_type": "pohon_tumbang",
    "target_opd": TREE.main_opd,
    "priority": "P2",
}


def write(path, *rows):
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), "utf-8")
    return path


class TestImport:
    def test_keeps_the_rows_redacted(self, database, data, tmp_path):
        made = data.take_in(write(tmp_path / "in.jsonl", GOOD, "", GOOD | {"id": "A2"}), "lama", NOW)
        assert made.rows == 2
        with database.read() as session:
            rows = session.scalars(select(DatasetRow).order_by(DatasetRow.row_id)).all()
            audit = session.scalars(select(AuditRow)).one()
        assert [(row.row_id, row.call_pk) for row in rows] == [("A1", None), ("A2", None)]
        assert rows[0].body["turns"][0]["text"] == "nama saya [NAMA], pohon tumbang"
        assert audit.action == "data.import"

    def test_a_row_of_a_call_of_this_store_is_tied_to_it(self, database, data, tmp_path):
        call_id = add(database)
        data.take_in(write(tmp_path / "in.jsonl", GOOD | {"id": call_id}), "lama", NOW)
        with database.read() as session:
            assert session.scalars(select(DatasetRow.call_pk)).one() is not None

    @pytest.mark.parametrize(
        ("bad", "says"),
        [
            ("{", "JSON"),
            ({"id": "A9"}, "turns"),
            (GOOD | {"id": "A9", "priority": "P9"}, "priority"),
            (GOOD | {"id": "A9", "ghost_kind": "prank_anak"}, "ghost_kind"),
            (GOOD | {"id": "A9", "complaint_type": "naga"}, "naga"),
            (GOOD | {"id": "A9", "target_opd": "DISDUKCAPIL"}, "DISDUKCAPIL"),
            (GOOD | {"id": "A9", "turns": [{"speaker": "anjing", "text": "guk"}]}, "turns.0.speaker"),
            (GOOD | {"id": "A9", "note": "x"}, "note"),
            (GOOD, "A1"),
            (GOOD | {"id": "A9", "turns": [{"speaker": "caller", "text": "a\u0000b"}]}, "text"),
        ],
    )
    def test_one_wrong_line_and_nothing_is_kept(self, database, data, tmp_path, bad, says):
        with pytest.raises(InputError) as raised:
            data.take_in(write(tmp_path / "in.jsonl", GOOD, bad, GOOD | {"id": "A3"}), "lama", NOW)
        assert raised.value.code == "rows_invalid"
        assert "2: " in raised.value.message_id
        assert says in raised.value.message_id
        with database.read() as session:
            assert session.scalars(select(Dataset)).all() == []

    def test_many_wrong_lines_are_counted_and_the_first_named(self, data, tmp_path):
        with pytest.raises(InputError) as raised:
            data.take_in(write(tmp_path / "in.jsonl", *(["{"] * 30)), "lama", NOW)
        assert "30 baris" in raised.value.message_id
        assert len(raised.value.message_id) < 2000

    @pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00"])
    def test_an_empty_or_unreadable_file(self, data, tmp_path, content):
        path = tmp_path / "in.jsonl"
        path.write_bytes(content)
        with pytest.raises(InputError):
            data.take_in(path, "lama", NOW)


class TestWriting:
    def test_several_sets_as_one_file_each_call_once_without_the_erased(self, database, data, tmp_path):
        call_id = add(database)
        data.export(tmp_path / "a.jsonl", "satu", NOW)
        data.export(tmp_path / "b.jsonl", "dua", NOW)
        data.take_in(write(tmp_path / "in.jsonl", GOOD), "lama", NOW)
        assert data.write(["satu", "dua", "lama"], tmp_path / "c.jsonl") == 2
        assert {row["id"] for row in lines(tmp_path / "c.jsonl")} == {call_id, "A1"}
        with database.write() as session:
            repository.remove_rows(session, session.scalars(select(Call.id)).one())
        assert data.write(["satu", "lama"], tmp_path / "d.jsonl") == 1

    def test_a_set_that_is_not_there(self, data, tmp_path):
        with pytest.raises(MissingError):
            data.write(["x"], tmp_path / "x.jsonl")
        assert not (tmp_path / "x.jsonl").exists()


class TestModels:
    def test_are_noted_once_and_listed(self, database, data, tmp_path):
        data.take_in(write(tmp_path / "in.jsonl", GOOD), "lama", NOW)
        for model in ("classifier-id 0.3", "classifier-id 0.3", "classifier-id 0.4"):
            data.note_model("lama", model, NOW)
        with database.read() as session:
            [(dataset, rows, models)] = repository.all_datasets(session)
        assert (dataset.name, rows, models) == ("lama", 1, ["classifier-id 0.3", "classifier-id 0.4"])

    def test_of_a_set_that_is_not_there(self, data):
        with pytest.raises(MissingError):
            data.note_model("x", "classifier-id 0.3", NOW)
