"""Another city's history becomes a corpus with a taxonomy of its own."""

import csv
import random
from pathlib import Path

import pytest
import yaml

from training.corpus import split
from training.corpus.split import NEAR_DUPLICATE, grouped_folds, similarity, story_groups
from training.corpus.table import TableError, read_table, read_table_report
from training.corpus.table.city import SEEN_LATER
from training.corpus.table.rows import masked
from triage.errors import InputError
from triage.taxonomy import load_taxonomy

FIXTURES = Path(__file__).parents[2] / "fixtures"
OTHER_CITY = (FIXTURES / "other_city.csv", FIXTURES / "other_city.yaml")
PLAN = {
    "city": "Kota Contoh",
    "valid_from": "2026-01-01",
    "columns": {"text": "isi", "category": "jenis", "agency": "dinas"},
}
LAMP, TREE = ("Lampu Jalan", "Perhubungan"), ("Pohon", "Lingkungan")
WORDS = """gang melati kenanga sekolah masjid pasar jembatan taman sungai terminal kantor puskesmas lapangan pelabuhan
gudang pabrik bengkel warung toko rumah kebun sawah bukit pantai dermaga halte stasiun museum perpustakaan stadion
apotek klinik hotel bank menara waduk tambak kolam kandang lumbung bandara penjara balai asrama kampus vihara gereja
kelenteng makam gapura pagar tangga lorong atap""".split()  # noqa: SIM905 (one a line would be a page)


def rows_of(label, number, seed=0):
    """Complaints in words of their own: eight of WORDS in a random order, so that no two are alike."""
    chance = random.Random(f"{label}{seed}")
    return [[f"{' '.join(chance.sample(WORDS, 8))} {label[0].lower()}", *label] for _ in range(number)]


@pytest.fixture
def table(tmp_path):
    """Writes a CSV and a mapping, PLAN with changes, and returns what read_table_report makes of them."""

    def make(rows, header=("isi", "jenis", "dinas"), raw=None, written="utf-8", **changes):
        history, mapping = tmp_path / "history.csv", tmp_path / "mapping.yaml"
        if raw is None:
            with history.open("w", newline="", encoding=written) as file:
                csv.writer(file, delimiter=changes.get("delimiter", ",")).writerows([header, *rows])
        else:
            history.write_bytes(raw)
        mapping.write_text(yaml.safe_dump(PLAN | changes, allow_unicode=True), encoding="utf-8")
        return read_table_report(history, mapping, tmp_path / "city")

    return make


TWO_TYPES = [*rows_of(LAMP, 10), *rows_of(TREE, 10)]


def columns(**more):
    return PLAN["columns"] | more


def everything(corpus):
    return [*corpus.calls, *corpus.validation]


class TestTheExample:
    def test_holds_and_is_the_same_each_time(self, tmp_path):
        corpus = read_table(*OTHER_CITY, tmp_path / "one")
        assert read_table(*OTHER_CITY, tmp_path / "two").validation == corpus.validation
        assert corpus.taxonomy == load_taxonomy(tmp_path / "one")
        assert corpus.taxonomy_folder == tmp_path / "one"
        assert set(corpus.fingerprint()) == {"other_city.csv", "other_city.yaml"}
        corpus.check()

    def test_every_row_is_accounted_for(self, tmp_path):
        corpus, report = read_table_report(*OTHER_CITY, tmp_path)
        assert report.read == report.used + sum(report.dropped.values()) == 156
        assert (len(corpus.calls), len(corpus.validation)) == (report.training, report.validation)
        assert report.dropped == {"text": 1, "category": 1, "twice": 1, "unwanted": 1, "rare": 2}
        assert report.left_out == {"Pemakaman": 1, "Hewan Liar": 1}
        assert "Baris dibaca: 156" in report.lines()

    def test_its_labels_are_those_of_the_city(self, tmp_path):
        corpus = read_table(*OTHER_CITY, tmp_path)
        types, opds = corpus.taxonomy.types, corpus.taxonomy.opds
        assert {"lampu_jalan", "jalan_rusak", "sampah", "air_bersih", "taman_dan_pohon"} < set(types)
        assert types["lampu_jalan"].name == "Lampu jalan"
        assert types["lampu_jalan"].group == types["jalan_rusak"].group == "jalan"
        assert types["air_bersih"].main_opd == "TIRTA"
        assert "pohon" in types["taman_dan_pohon"].keywords
        assert {opd.status for opd in opds.values()} == {"assumed"}
        assert corpus.taxonomy.version == "1+2026-01-01"
        assert "&" not in (tmp_path / "taxonomy.yaml").read_text("utf-8")  # a person edits it: no YAML anchors
        assert corpus.taxonomy.ghost_kinds == load_taxonomy().ghost_kinds
        assert corpus.taxonomy.safety == load_taxonomy().safety

    def test_every_type_is_in_training_and_in_validation(self, tmp_path):
        corpus = read_table(*OTHER_CITY, tmp_path)
        for calls in (corpus.calls, corpus.validation):
            assert {call.complaint_type for call in calls} == set(corpus.taxonomy.types)

    def test_a_pair_only_validation_has_is_an_exception(self, tmp_path):
        corpus = read_table(*OTHER_CITY, tmp_path)
        trained = {(call.complaint_type, call.target_opd) for call in corpus.calls}
        later = {(call.complaint_type, call.target_opd) for call in corpus.validation} - trained
        found = {
            (code, one.opd)
            for code, kind in corpus.taxonomy.types.items()
            for one in kind.exceptions
            if one.rule == SEEN_LATER
        }
        assert later == found != set()


class TestRows:
    def test_become_calls_of_one_caller_turn(self, table):
        corpus, _ = table(TWO_TYPES)
        calls = {call.id: call for call in everything(corpus)}
        call = calls["row000001"]
        assert [(turn.speaker, turn.text) for turn in call.turns] == [("caller", TWO_TYPES[0][0])]
        assert (call.disposition, call.complaint_type, call.target_opd) == ("ticket", "lampu_jalan", "PERHUBUNGAN")
        assert (call.priority, call.writer, call.safety, call.ghost_kind) == ("P3", "row", None, None)

    @pytest.mark.parametrize("delimiter", [";", "\t"])
    def test_may_be_separated_otherwise(self, table, delimiter):
        assert table(TWO_TYPES, delimiter=delimiter)[1].used == 20

    @pytest.mark.parametrize(
        ("written", "encoding"), [("utf-8-sig", "utf-8-sig"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16")]
    )
    def test_a_byte_order_mark_is_no_part_of_the_header(self, table, written, encoding):
        assert table(TWO_TYPES, written=written, encoding=encoding)[1].used == 20

    def test_texts_of_several_columns_are_joined(self, table):
        rows = [["Judul", *row] for row in TWO_TYPES]
        corpus, _ = table(rows, ("judul", "isi", "jenis", "dinas"), columns=columns(text=["judul", "isi"]))
        assert {call.text() for call in everything(corpus)} == {f"Judul {row[0]}" for row in TWO_TYPES}

    def test_without_content_and_doubles_are_dropped_and_counted(self, table):
        text = TWO_TYPES[0][0]
        bad = [
            [" - ", *LAMP],
            ["08123456789", *LAMP],
            [text, "", "Perhubungan"],
            [text, "Lampu Jalan", "-"],
            [f"  {text.upper()} ", "lampu  jalan", "PERHUBUNGAN"],
            [text, *LAMP, "kelebihan"],
            [text],
        ]
        _, report = table([*TWO_TYPES, *bad])
        assert report.dropped == {
            "text": 2,
            "category": 2,
            "agency": 1,
            "twice": 1,
            "broken": 1,
            "unwanted": 0,
            "rare": 0,
        }
        assert report.used == 20

    def test_of_one_id_count_once(self, table):
        rows = [["A-1" if number < 2 else "", *row] for number, row in enumerate(TWO_TYPES)]
        _, report = table(rows, ("no", "isi", "jenis", "dinas"), columns=columns(id="no"))
        assert report.dropped["twice"] == 1

    def test_carry_the_priority_stated_or_that_of_the_category_or_the_default(self, table):
        urgency = ["Gawat", "p1", "", *[""] * 17]
        rows = [[*row, said] for row, said in zip(TWO_TYPES, urgency, strict=True)]
        corpus, _ = table(
            rows,
            ("isi", "jenis", "dinas", "urgensi"),
            columns=columns(priority="urgensi"),
            priorities={"GAWAT": "P2"},
            categories={"Pohon": {"priority": "P4"}},
        )
        found = {call.id: call.priority for call in everything(corpus)}
        assert [found[f"row{number:06d}"] for number in (1, 2, 3, 11)] == ["P2", "P1", "P3", "P4"]
        assert corpus.taxonomy.types["pohon"].priority == "P4"

    def test_of_the_group_informasi_ask(self, table):
        corpus, _ = table(TWO_TYPES, categories={"Pohon": {"group": "informasi"}})
        asked = {call.complaint_type for call in everything(corpus) if call.disposition == "information"}
        assert asked == {"pohon"}


class TestPersonalData:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("hubungi 0812-3456-7890 ya", "hubungi [nomor] ya"),
            ("wa +62 812 3456 7890", "wa [nomor]"),
            ("kantor (0401) 312 3456", "kantor [nomor]"),
            ("NIK 7471012304850001.", "NIK [nomor]."),
            ("kirim ke budi.s@contoh.co.id saja", "kirim ke [email] saja"),
            ("foto di https://contoh.id/a?b=1 pak", "foto di [tautan] pak"),
            ("sejak 12-05-2024 10.30, 3 rumah di RT 004/RW 002", "sejak 12-05-2024 10.30, 3 rumah di RT 004/RW 002"),
        ],
    )
    def test_is_masked(self, text, expected):
        assert masked(text) == expected

    def test_is_in_no_call_and_in_no_file(self, tmp_path):
        corpus = read_table(*OTHER_CITY, tmp_path)
        texts = " ".join(call.text() for call in everything(corpus))
        assert "[nomor]" in texts and "[email]" in texts
        for made in (texts, *(path.read_text("utf-8") for path in tmp_path.iterdir())):
            assert "081234567890" not in made and "contoh.id" not in made

    def test_a_word_of_one_complaint_is_no_keyword(self, table):
        rows = [[f"{row[0]} sudarmono" if number == 0 else row[0], *row[1:]] for number, row in enumerate(TWO_TYPES)]
        corpus, _ = table(rows)
        assert not any("sudarmono" in word for kind in corpus.taxonomy.types.values() for word in kind.keywords)


class TestCategories:
    def test_rare_ones_are_merged_where_they_are_enough_together(self, table):
        rare = [*rows_of(("Makam", "Lingkungan"), 5), *rows_of(("Kucing", "Lingkungan"), 4)]
        corpus, report = table([*TWO_TYPES, *rare])
        assert report.merged == {"Makam": 5, "Kucing": 4}
        assert report.types["lainnya"] == 9
        assert corpus.taxonomy.types["lainnya"].name == "Lainnya"
        assert any("Makam 5" in line for line in report.lines())

    def test_rare_ones_join_what_the_city_calls_lainnya(self, table):
        rows = [*rows_of(("Lainnya", "Lingkungan"), 6), *rows_of(("Kucing", "Lingkungan"), 2)]
        assert table([*TWO_TYPES, *rows])[1].types["lainnya"] == 8
        assert table([*TWO_TYPES, *rows[1:]])[1].left_out == {"Kucing": 2, "Lainnya": 5}

    def test_of_one_code_or_one_name_are_one(self, table):
        rows = [*TWO_TYPES, *rows_of(("Dahan", "Lingkungan"), 3), *rows_of(("Ranting!", "Lingkungan"), 3)]
        _, report = table(rows, categories={"dahan": {"code": "pohon"}, " RANTING! ": {"name": "Pohon"}})
        assert report.types == {"pohon": 16, "lampu_jalan": 10}

    def test_may_be_numbers(self, table):
        rows = [[text, "12" if kind == "Pohon" else kind, opd] for text, kind, opd in TWO_TYPES]
        corpus, _ = table(rows, categories={12: {"name": "Pohon"}})
        assert "pohon" in corpus.taxonomy.types


class TestTheSplit:
    def test_near_duplicates_and_a_reporter_stay_together(self, table):
        base = [*rows_of(LAMP, 40), *rows_of(TREE, 40)]
        rows = [[*row, f"P{number % 30}"] for number, row in enumerate(base)]
        rows += [[f"{row[0]} pak", *row[1:], ""] for row in base[:30]]
        corpus, _ = table(rows, ("isi", "jenis", "dinas", "pelapor"), columns=columns(reporter="pelapor"))
        train, held = ([call.text() for call in calls] for calls in (corpus.calls, corpus.validation))
        assert similarity(held, train).max() <= NEAR_DUPLICATE
        who = {row[0]: row[3] for row in rows}
        assert not ({who[text] for text in held} - {""}) & {who[text] for text in train}
        assert len(held) >= 8
        assert list(corpus.reporters) == [who[text].lower() for text in train]

    def test_a_reporter_of_a_whole_category_does_not_take_it_from_training(self, table):
        rows = [[*row, "satu" if row[1] == "Pohon" else ""] for row in TWO_TYPES]
        corpus, _ = table(rows, ("isi", "jenis", "dinas", "pelapor"), columns=columns(reporter="pelapor"))
        assert {call.complaint_type for call in corpus.validation} == {"lampu_jalan"}
        assert sum(call.complaint_type == "pohon" for call in corpus.calls) == 10

    def test_stories_are_the_same_in_blocks_of_any_size(self, monkeypatch):
        base = [row[0] for row in rows_of(LAMP, 20)]
        texts = [*base, *(f"{text} pak" for text in base), *(f"halo {text}" for text in base)]
        whole = story_groups(texts)
        monkeypatch.setattr(split, "BLOCK", 7)
        assert story_groups(texts) == whole
        assert whole[:20] == whole[20:40] == whole[40:]

    def test_a_history_whose_only_writer_is_the_table_is_cross_fitted_by_story(self, tmp_path):
        folds = grouped_folds(read_table(*OTHER_CITY, tmp_path).calls, 5, seed=1)
        assert min(folds.count(fold) for fold in range(5)) > 20


class TestMistakes:
    @pytest.mark.parametrize(
        ("changes", "indonesian", "english"),
        [
            ({"columns": columns(text="uraian")}, "kolom 'uraian' tidak ada", "no column 'uraian'"),
            ({"delimiter": "|"}, "delimiter", "delimiter"),
            ({"encoding": "utf-80"}, "encoding 'utf-80' tidak dikenal", "encoding 'utf-80' is not known"),
            ({"encoding": "hex"}, "encoding 'hex' tidak dikenal", "encoding 'hex' is not known"),
            ({"kolom": {}}, "kolom: kunci tidak dikenal", "kolom: Extra inputs"),
            ({"columns": {"text": "isi"}}, "columns.category: wajib diisi", "columns.category: Field required"),
            ({"priorities": {"a": "P1"}}, "columns.priority", "no columns.priority"),
            ({"categories": {"Pohonn": {"code": "pohon"}}}, "'pohonn' tidak cocok", "'pohonn' matches no row"),
            ({"agencies": {"Dinas": {"code": "D"}}}, "agencies: 'dinas'", "agencies: 'dinas' matches no row"),
            ({"categories": {"Pohon": {"code": "Pohon!"}}}, "categories.Pohon.code", "should match pattern"),
            ({"categories": {"Pohon": {"drop": True, "code": "a"}}}, "drop", "drop: true stands alone"),
            ({"categories": {"Pohon": {}, "pohon": {}}}, "case or spaces", "case or spaces"),
            ({"categories": {"Pohon": {"code": "salah_sambung"}}}, "jenis ghost", "a ghost kind"),
            ({"categories": {"Pohon": {"drop": True}}}, "hanya ada satu jenis", "only one type"),
            ({"minimum": 50}, "tidak ada baris yang dapat dipakai dari 20", "none of its 20 rows"),
            ({"validation_share": 0.01}, "tidak ada baris untuk validasi", "no row is left to judge on"),
            (
                {"categories": {"Pohon": {"code": "a", "name": "A"}, "Lampu Jalan": {"code": "a", "name": "B"}}},
                "lebih dari satu nama",
                "more than one name",
            ),
        ],
    )
    def test_are_named_in_two_languages(self, table, changes, indonesian, english):
        with pytest.raises(TableError) as caught:
            table(TWO_TYPES, **changes)
        assert indonesian in caught.value.message_id
        assert english in caught.value.message_en
        assert isinstance(caught.value, InputError)

    def test_a_priority_that_nobody_mapped(self, table):
        rows = [[*row, "Gawat"] for row in TWO_TYPES]
        with pytest.raises(TableError, match="prioritas 'Gawat' tidak dikenal"):
            table(rows, ("isi", "jenis", "dinas", "urgensi"), columns=columns(priority="urgensi"))

    def test_a_category_without_latin_letters(self, table):
        with pytest.raises(TableError, match="no Latin letter"):
            table([*TWO_TYPES, *rows_of(("道路", "Lingkungan"), 10)])

    @pytest.mark.parametrize(
        ("raw", "said"),
        [
            (b"", "no column 'isi', 'jenis', 'dinas'; it has "),
            (b"isi,jenis,dinas\n", "none of its 0 rows"),
            (b"isi,jenis,dinas,isi\na,b,c,d\n", "column 'isi' is there more than once"),
            (b'isi,jenis,dinas\n"tidak ditutup,b,c\n', "a quote is not closed"),
            (b"isi,jenis,dinas\ncaf\xe9,b,c\n", "is not utf-8-sig"),
            (bytes(range(256)) * 4, "is not utf-8-sig"),
        ],
    )
    def test_rubbish(self, table, raw, said):
        with pytest.raises(TableError) as caught:
            table([], raw=raw)
        assert said in caught.value.message_en

    @pytest.mark.parametrize("content", ["a: [", "- a\n- b\n", "", "just words"])
    def test_a_mapping_that_is_none(self, tmp_path, content):
        mapping = tmp_path / "mapping.yaml"
        mapping.write_text(content)
        with pytest.raises(TableError, match=r"mapping\.yaml"):
            read_table(OTHER_CITY[0], mapping, tmp_path / "city")

    @pytest.mark.parametrize("missing", [0, 1])
    def test_a_file_that_is_not_there(self, tmp_path, missing):
        files = [*OTHER_CITY]
        files[missing] = tmp_path / "nowhere"
        with pytest.raises(TableError, match="nowhere tidak dapat dibaca"):
            read_table(*files, tmp_path / "city")

    def test_a_folder_that_cannot_be_written(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(TableError, match="cannot be written"):
            read_table(*OTHER_CITY, tmp_path / "file")
