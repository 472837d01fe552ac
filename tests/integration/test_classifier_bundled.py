import json
import shutil

import pytest

from training.corpus.load import VALIDATION, read_calls
from triage.classifier.model import Turn
from triage.classifier.onnx import OnnxClassifier
from triage.errors import ModelError
from triage.registry import read_manifest, verify
from triage.settings import Settings
from triage.taxonomy import load_taxonomy

FOLDER = Settings().models_dir / "classifier-id"


@pytest.fixture(scope="module")
def classifier():
    return OnnxClassifier(FOLDER, threads=1)


@pytest.fixture(scope="module")
def validation():
    return read_calls(VALIDATION)


@pytest.fixture(scope="module")
def answers(classifier, validation):
    return classifier.classify([call.as_turns() for call in validation])


def _said(text):
    return [Turn("caller", text)]


def _best(distribution):
    return max(distribution, key=distribution.get)


class TestTheFolder:
    def test_is_whole_small_and_described(self):
        verify(FOLDER)
        assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 25 * 1024 * 1024
        card = (FOLDER / "MODEL_CARD.md").read_text(encoding="utf-8")
        assert "synthetic calls only" in "\n".join(card.splitlines()[:5])

    def test_the_card_and_the_figures_agree(self):
        figures = json.loads((FOLDER / "metrics.json").read_text(encoding="utf-8"))["columns"]["model"]
        card = (FOLDER / "MODEL_CARD.md").read_text(encoding="utf-8")
        for name, value in figures.items():
            assert f"| {name} | {value:.3f} |" in card

    def test_says_what_it_is(self, classifier):
        assert classifier.name == read_manifest(FOLDER).full_name
        assert "panggilan buatan" in classifier.warnings[0]


class TestRealSentences:
    @pytest.mark.parametrize(
        ("said", "kind", "opd"),
        [
            ("rumah tetangga terbakar besar sekali apinya cepat pak", "kebakaran_bangunan", "DAMKARMAT"),
            ("pohon besar tumbang menutup jalan di depan sekolah", "pohon_tumbang", "DLHK"),
            ("lampu jalan mati sudah tiga malam gelap sekali di lorong", "lpju_padam", "DISHUB"),
            ("ada ular besar masuk di dapur bu", "hewan_berbahaya", "DAMKARMAT"),
            ("air ledeng tidak mengalir sudah dua hari", "gangguan_air", "PDAM"),
            ("mau tanya jam buka kantor dukcapil", "informasi_layanan", "KOMINFO"),
        ],
    )
    def test_get_their_type_and_opd(self, classifier, said, kind, opd):
        (answer,) = classifier.classify([_said(said)])
        assert (_best(answer.complaint_type), _best(answer.target_opd)) == (kind, opd)
        assert _best(answer.disposition) == ("information" if kind == "informasi_layanan" else "ticket")

    def test_a_child_whose_mother_does_not_wake_is_urgent(self, classifier):
        (answer,) = classifier.classify([_said("om mamaku tidak bangun bangun dia dingin")])
        assert (_best(answer.complaint_type), _best(answer.priority)) == ("gawat_darurat_medis", "P1")

    def test_the_operator_does_not_decide(self, classifier):
        alone = classifier.classify([_said("ada pohon tumbang di sini")])
        asked = classifier.classify(
            [[Turn("operator", "kebakaran? apinya besar?"), *_said("ada pohon tumbang di sini")]]
        )
        assert alone == asked


class TestOnValidation:
    def test_reaches_its_goals(self, validation, answers):
        valid = [(call, answer) for call, answer in zip(validation, answers, strict=True) if call.complaint_type]
        urgent = [(call, answer) for call, answer in valid if call.priority == "P1"]
        right = sum(_best(answer.complaint_type) == call.complaint_type for call, answer in valid)
        top3 = sum(call.complaint_type in list(answer.complaint_type)[:3] for call, answer in valid)
        disposed = sum(_best(a.disposition) == call.disposition for call, a in zip(validation, answers, strict=True))
        assert right / len(valid) >= 0.87
        assert top3 / len(valid) >= 0.95
        assert disposed / len(validation) >= 0.94
        assert sum(_best(answer.priority) == "P1" for _, answer in urgent) / len(urgent) >= 0.95
        assert sum(_best(answer.disposition) == "ghost" for _, answer in valid) / len(valid) <= 0.025

    def test_the_best_type_and_the_best_opd_never_contradict(self, answers):
        types = load_taxonomy().types
        for answer in answers:
            assert _best(answer.target_opd) in types[_best(answer.complaint_type)].allowed_opds

    def test_distributions_are_distributions(self, answers):
        for answer in answers:
            for head in (answer.disposition, answer.complaint_type, answer.target_opd, answer.priority):
                assert sum(head.values()) == pytest.approx(1)
                assert list(head.values()) == sorted(head.values(), reverse=True)


class TestBatches:
    def test_an_answer_does_not_depend_on_its_neighbours_or_on_the_run(self, classifier, validation, answers):
        turns = [call.as_turns() for call in validation[:40]]
        assert classifier.classify(turns[::-1])[::-1] == answers[:40]
        assert [classifier.classify([call])[0] for call in turns] == answers[:40]

    def test_no_calls_no_answers(self, classifier):
        assert classifier.classify([]) == []


class TestOddInput:
    @pytest.mark.parametrize("text", ["", "...", "[isak] [ketukan]", "🔥🔥"])
    def test_nothing_said_is_nothing_known(self, classifier, text):
        (answer,) = classifier.classify([_said(text)], evidence=True)
        assert list(answer.disposition.values()) == pytest.approx([1 / 3] * 3)
        assert list(answer.complaint_type.values()) == pytest.approx([1 / 38] * 38)
        assert answer.evidence == ()

    def test_a_call_without_turns(self, classifier):
        (answer,) = classifier.classify([[]])
        assert sum(answer.target_opd.values()) == pytest.approx(1)

    @pytest.mark.parametrize("text", ["x" * 20_000, "a", "١٢٣ ½ ²", "\x00 \ud7ff ok", "asdf qwer zxcv " * 40])
    def test_rubbish_is_answered(self, classifier, text):
        (answer,) = classifier.classify([_said(text)], evidence=True)
        assert sum(answer.complaint_type.values()) == pytest.approx(1)

    def test_one_sentence_in_a_long_call_is_found(self, classifier):
        talk = "iya bu terus bagaimana kabarnya keluarga di kampung nah begitu mi "
        (answer,) = classifier.classify([_said(talk * 60 + "tolong rumah saya terbakar apinya besar " + talk * 60)])
        assert "kebakaran_bangunan" in list(answer.complaint_type)[:3]
        assert _best(answer.priority) == "P1"
        assert _best(answer.disposition) != "ghost"


class TestEvidence:
    def test_points_at_words_of_the_original_turn(self, classifier):
        turns = [Turn("operator", "Halo, 112."), Turn("caller", "[napas] Pak, ada POHON tumbang, di Kemaraya!")]
        (answer,) = classifier.classify([turns], evidence=True)
        strongest = answer.evidence[0]
        assert (strongest.turn, strongest.supports) == (1, "pohon_tumbang")
        assert "tumbang" in turns[1].text[strongest.start : strongest.end]
        assert 0 < strongest.weight <= 1

    def test_is_only_given_when_asked_for_and_changes_nothing_else(self, classifier):
        turns = _said("ada ular besar masuk di dapur bu")
        (plain,) = classifier.classify([turns])
        (shown,) = classifier.classify([turns], evidence=True)
        assert plain.evidence == () != shown.evidence
        assert plain.complaint_type == shown.complaint_type


class TestDamage:
    @pytest.mark.parametrize(
        "name", ["model.onnx", "tokenizer.json", "labels.json", "calibration.json", "serving.json"]
    )
    def test_a_missing_file_is_a_model_error(self, tmp_path, name):
        folder = shutil.copytree(FOLDER, tmp_path / "model")
        (folder / name).unlink()
        with pytest.raises(ModelError) as caught:
            OnnxClassifier(folder)
        assert caught.value.code == "classifier_unusable"

    def test_a_damaged_graph_is_a_model_error(self, tmp_path):
        folder = shutil.copytree(FOLDER, tmp_path / "model")
        (folder / "model.onnx").write_bytes(b"\x08\x07" * 50)
        with pytest.raises(ModelError):
            OnnxClassifier(folder)

    def test_a_pair_the_taxonomy_forbids_is_refused(self, tmp_path):
        self.refused(tmp_path, lambda labels: labels["opd_prior"]["banjir"].update(BNNK=0.1), "banjir")

    @pytest.mark.parametrize(("head", "code"), [("ghost_kind", "hantu"), ("safety", "S99")])
    def test_a_ghost_kind_or_an_exception_the_taxonomy_does_not_have_is_refused(self, tmp_path, head, code):
        self.refused(tmp_path, lambda labels: labels[head].append(code), code)

    def refused(self, tmp_path, change, named):
        folder = shutil.copytree(FOLDER, tmp_path / "model")
        labels = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
        change(labels)
        (folder / "labels.json").write_text(json.dumps(labels))
        with pytest.raises(ModelError) as caught:
            OnnxClassifier(folder)
        assert caught.value.code == "classifier_taxonomy_mismatch"
        assert named in str(caught.value)
