"""Each safety exception: calls that show it, and near misses that do not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.calls import FACTS, recording

from triage.classifier import Turn
from triage.recording import AcousticFacts, Role, Span, Tone
from triage.safety import CallHistory, SafetyFinding, find_danger, find_safety, was_dropped

QUIET = replace(FACTS, speech_seconds=0.2, speech_share=0.01)
BLOWS = (Span(2.0, 2.2), Span(4.0, 4.3))
KEY = (Tone("dtmf", 3.0, 3.2, "1"),)


def call(*said: str) -> list[Turn]:
    """Turns of a call: "o: ..." is the operator, anything else the caller."""
    return [Turn("operator", text[3:]) if text.startswith("o: ") else Turn("caller", text) for text in said]


def codes(*said: str, caller: AcousticFacts | None = None) -> set[str]:
    return {finding.code[:2] for finding in find_safety(call(*said), caller)}


class TestFindings:
    def test_quote_is_cut_from_the_turn(self) -> None:
        turns = call("o: Halo, 112.", "Bu, jangan telepon balik ya, dia di luar")
        [finding] = find_safety(turns, None)
        assert finding.code == "S2_berbisik"
        assert finding.turn == 1
        assert turns[1].text[finding.start : finding.end] == finding.quote == "jangan telepon balik"

    def test_audio_alone_has_no_quote(self) -> None:
        [finding] = find_safety([], replace(QUIET, distress_sounds=BLOWS))
        assert finding == SafetyFinding("S1_diam_distres", "", None, 0, 0)

    def test_nothing_said_and_nothing_heard(self) -> None:
        assert find_safety([], None) == []
        assert find_safety([], QUIET) == []

    def test_an_ordinary_report_shows_none(self) -> None:
        assert (
            codes("pak ada pohon tumbang di jalan Ahmad Yani, menutup jalan, tidak ada korban ji", caller=FACTS)
            == set()
        )

    def test_the_operators_words_never_trigger(self) -> None:
        assert (
            codes("o: Apakah Anda sembunyi di lemari? Jangan keras-keras, salah sambung, tidak mau bangun?", "tidak")
            == set()
        )

    def test_stage_tags_are_not_words(self) -> None:
        assert codes("[isak] [bisik] [ketukan]", caller=FACTS) == set()
        assert codes("[bisik] [gesekan]") == set()

    def test_notes_on_sounds_stand_for_the_audio_that_is_not_there(self) -> None:
        assert codes("[benturan] jang... [teriak_jauh]") == {"S1"}
        assert codes("o: [ketukan] halo?", "halo") == set()
        assert codes("[benturan] pak ada pohon tumbang di jalan Ahmad Yani, menutup jalan, tidak ada korban") == set()


class TestS1SilentDistress:
    @pytest.mark.parametrize("facts", [replace(QUIET, distress_sounds=BLOWS), replace(QUIET, tones=KEY)])
    def test_blows_or_keys_without_speech(self, facts: AcousticFacts) -> None:
        assert codes(caller=facts) == {"S1"}

    def test_sobs_as_a_recogniser_writes_them(self) -> None:
        assert codes("hiks ... hiks ... hmm") == {"S1"}

    def test_blows_under_a_fluent_report_do_not(self) -> None:
        facts = replace(FACTS, distress_sounds=BLOWS, speech_seconds=20.0, speech_share=0.6)
        assert "S1" not in codes("pak jalan di depan rumah kami berlubang besar, minta ditambal", caller=facts)

    def test_ringback_without_speech_does_not(self) -> None:
        assert codes(caller=replace(QUIET, tones=(Tone("ringback", 0.0, 2.0),))) == set()


class TestS2Whisper:
    @pytest.mark.parametrize(
        "text",
        [
            "tolong jangan bicara keras bu",
            "nanti dia dengar, kirim saja orang",
            "saya di bawah kasur, ada orang masuk",
            "sa sembunyi di gudang",
            "jangan telpon balik nanti bunyi",
            "dia masih ada di luar pak",
            "jangan tilepon balik ya kak",
        ],
    )
    def test_fires(self, text: str) -> None:
        assert "S2" in codes(text)

    def test_very_faint_speech(self) -> None:
        assert codes("halo", caller=replace(FACTS, level_dbfs=-56.0)) == {"S2"}

    @pytest.mark.parametrize(
        "text",
        [
            "mobilnya jalan pelan-pelan karena macet",
            "musiknya keras sekali, tolong ditegur",
            "ular masuk di bawah lemari dapur",
            "anak itu tidak bisa bicara jelas, dia hilang dari pagi",
            "sudah saya sembunyikan chargernya",
        ],
    )
    def test_near_misses(self, text: str) -> None:
        assert "S2" not in codes(text)


class TestS3CodedOrder:
    def test_an_order_that_goes_on_after_this_is_112(self) -> None:
        said = (
            "o: 112 Kendari.",
            "mau pesan nasi goreng dua",
            "o: Bu, ini layanan darurat.",
            "iya, antar ke Jalan Segar",
        )
        assert codes(*said) == {"S3"}

    def test_survives_a_recogniser_that_mishears_the_operator(self) -> None:
        said = ("mau pesan satu porsi antar ke jalan bunga", "o: ibu ini layan darurat apa ada orang", "iya satu porsi")
        assert "S3" in codes(*said)

    def test_an_answer_to_the_operators_code(self) -> None:
        said = ("pesan galon kak", "o: Kalau Ibu tidak aman, bilang dua galon.", "dua, dua galon")
        assert "S3" in codes(*said)

    @pytest.mark.parametrize(
        "said",
        [
            ("mbak penjahit, kebaya saya?", "o: Ada yang menyakiti Ibu? Kalau iya bilang kekecilan.", "iya kekecilan"),
            ("mau panggil tukang urut", "o: Ibu aman? Kalau tidak, bilang hangat.", "minyaknya hangat ya"),
        ],
    )
    def test_the_word_that_the_operator_offered_whatever_the_order(self, said: tuple[str, ...]) -> None:
        assert codes(*said) == {"S3"}
        assert "S3" not in codes(*said[:2], "bukan, saya tutup saja")

    def test_no_word_was_offered_for_danger(self) -> None:
        assert codes("pak banjir", "o: Kalau sudah surut bilang surut, biar aman.", "belum surut pak") == set()
        assert codes("tetangga bu", "o: Tadi Ibu bilang dipukul?", "iya dipukul, pakai sapu") == set()

    def test_a_wrong_number_that_is_denied_is_none(self) -> None:
        order = "mau pesan ayam geprek dua alamat Jalan Segar nomor dua belas, iya sekarang"
        assert "S3" in codes(f"{order}, bukan, bukan salah sambung")
        assert "S3" not in codes(f"{order}, eh maaf salah sambung")

    def test_without_an_operator_it_needs_an_address_and_haste(self) -> None:
        text = "pesan martabak satu, iya, antar ke blok F nomor tiga sekarang, bukan, bukan salah"
        assert "S3" in codes(text)
        assert "S3" not in codes("halo pak mau pesan bakso sepuluh hihihi kamu mi yang ngomong")

    @pytest.mark.parametrize(
        "said",
        [
            ("halo ini GrabFood, mau pesan", "o: Bukan, ini layanan darurat 112.", "oh maaf bu"),
            ("pak kami keracunan habis makan nasi kuning", "o: Ini gawat darurat, ambulans jalan.", "iya cepat"),
            ("mau antar ibu kontrol, jalan Boulevard sudah bisa lewat kah", "o: Sudah, Bu.", "iya terima kasih"),
        ],
    )
    def test_near_misses(self, said: tuple[str, ...]) -> None:
        assert "S3" not in codes(*said)


class TestS4ChildAndUnconscious:
    @pytest.mark.parametrize(
        "said",
        [
            ("om, mamaku tidur terus, tidak mau bangun",),
            ("kak adikku di air tidak gerak-gerak",),
            ("o: Adik umur berapa?", "enam. papa jatuh, tidak nyahut saya panggil"),
            ("tante, nenek badannya dingin",),
            ("o: Siapa ini, Dek?", "Rina. mama tida mau bangun"),
        ],
    )
    def test_fires(self, said: tuple[str, ...]) -> None:
        assert "S4" in codes(*said)

    @pytest.mark.parametrize(
        "said",
        [
            ("pohon tumbang, bapak-bapak lagi tebang",),
            ("o: Adik, ada yang luka?", "tidak ada, cuma sepeda saya rusak"),
            ("saya mau tanya jadwal puskesmas untuk ibu saya",),
        ],
    )
    def test_near_misses(self, said: tuple[str, ...]) -> None:
        assert "S4" not in codes(*said)


class TestS5RepeatedDrops:
    @pytest.mark.parametrize(
        ("history", "fires"),
        [
            (CallHistory(drops_of_half_hour=1, drops_of_day=1), False),
            (CallHistory(drops_of_half_hour=2, drops_of_day=2), True),
            (CallHistory(drops_of_half_hour=1, drops_of_day=3), False),
            (CallHistory(drops_of_half_hour=1, drops_of_day=3, had_ticket=True), True),
            (CallHistory(drops_of_half_hour=1, drops_of_day=2, had_ticket=True), False),
        ],
    )
    def test_fires_by_the_call_history_alone(self, history: CallHistory, fires: bool) -> None:
        found = find_safety(call("tol"), None, history)
        assert [one.code for one in found] == (["S5_putus_berulang"] if fires else [])

    def test_without_a_history_it_never_fires(self) -> None:
        assert find_safety(call("tol"), None) == []


class TestDroppedCalls:
    @pytest.mark.parametrize(
        ("role", "duration", "speech", "dropped"),
        [
            ("caller", 9.9, 3.0, True),
            ("caller", 10.0, 0.5, False),
            ("caller", 9.0, 3.1, False),
            ("mixed", 9.0, 6.0, True),
            ("mixed", 9.0, 6.1, False),
        ],
    )
    def test_are_short_and_leave_no_message(self, role: Role, duration: float, speech: float, dropped: bool) -> None:
        facts = replace(FACTS, speech_seconds=speech)
        assert was_dropped(recording(role, facts=facts, duration=duration)) is dropped


class TestS6NoiseAndShouts:
    def test_shouts_in_noise_as_letters(self) -> None:
        assert "S6" in codes("krrr tolong krrr api mi krrr")

    def test_mostly_shouts(self) -> None:
        assert "S6" in codes("lari lari keluar cepat tolong apinya")

    def test_a_shout_with_blows(self) -> None:
        facts = replace(FACTS, distress_sounds=BLOWS)
        assert "S6" in codes("atapnya tolong pak", caller=facts)

    @pytest.mark.parametrize(
        "text",
        [
            "pak tolong lampu jalan di depan rumah sudah dua minggu padam, minta diperbaiki",
            "saya mau tanya, kalau anak sekolah libur, kantornya buka kah",
        ],
    )
    def test_near_misses(self, text: str) -> None:
        assert "S6" not in codes(text)


class TestS7ForcedWrongNumber:
    @pytest.mark.parametrize(
        "said",
        [
            ("maaf salah sambung pak", "siapa kau telepon, kasi sini!"),
            ("salah pencet bu, ampun, iya saya tutup",),
            ("o: Ibu suaranya gemetar?", "tidak, salah sambung pak"),
            ("eh salah nomor, tidak jadi pesan ya",),
        ],
    )
    def test_fires(self, said: tuple[str, ...]) -> None:
        assert "S7" in codes(*said)

    def test_with_blows_in_the_background(self) -> None:
        assert "S7" in codes("maaf, salah sambung", caller=replace(FACTS, distress_sounds=BLOWS))

    @pytest.mark.parametrize(
        "text",
        [
            "maaf bu salah pencet, HP saya rusak tombolnya",
            "oh salah sambung, maaf di",
            "aduh maaf pak salah sambung, saya mau telepon teman",
        ],
    )
    def test_near_misses(self, text: str) -> None:
        assert "S7" not in codes(text, caller=FACTS)

    def test_the_word_that_the_operator_offered(self) -> None:
        said = ("salah sambung, mau tukang galon", "o: Kalau Ibu ditahan orang, bilang dua.", "dua galon, maaf ya")
        assert codes(*said) == {"S7"}


class TestS8SpeechAndLanguage:
    @pytest.mark.parametrize(
        "text",
        [
            "ka... ka... kabel... pu... putus... ja... jatuh di ja... jalan",
            "saya tuna rungu, tolong lewat pesan",
            "engka api ri bolaku, tulungnga daeng",
            "tabea, inaku ari laika, owose api",
            "nggih kulo mboten saged, tulung ndang mriki",
            "hello police please help my friend",
            "gramoka teluse vandi kruso pilane",
        ],
    )
    def test_fires(self, text: str) -> None:
        assert "S8" in codes(text)

    @pytest.mark.parametrize(
        "text",
        [
            "iye pak, sa di Lepo-Lepo, kebakaran mi, cepat ki' di' kodong",
            "nggih pak, mau tanya jadwal puskesmas",
            "di di di jalan itu, eee, anu, apa namanya, tolong tolong",
            "saya La Ode Hasan dari Watulondo, mau lapor jalan rusak di Punggolaka",
        ],
    )
    def test_near_misses(self, text: str) -> None:
        assert "S8" not in codes(text)


class TestAdversarial:
    def test_a_fire_in_a_joke_shows_no_exception(self) -> None:
        assert codes("halo pak ada kebakaran jenggot hahaha") == set()

    def test_a_very_long_call_is_read_to_its_end(self) -> None:
        assert "S2" in codes("jalan berlubang di depan pasar " * 400 + "jangan telepon balik")

    def test_a_code_fires_once(self) -> None:
        found = find_safety(call("jangan bicara keras", "jangan telepon balik"), None)
        assert [finding.code for finding in found] == ["S2_berbisik"]


class TestDanger:
    @pytest.mark.parametrize(
        "said",
        [
            ("tes tes halo halo ada orang tenggelam",),
            ("hanya coba coba dia minum baygon sekarang",),
            ("pak cepat",),
            ("halo tolong",),
            ("nomor damkar berapa rumah tetangga terbakar",),
            ("o: tolong rumah saya terbakar",),
        ],
    )
    def test_is_named(self, said: tuple[str, ...]) -> None:
        assert find_danger(call(*said)) is not None

    @pytest.mark.parametrize(
        "said",
        [
            ("tes tes ini betul satu satu dua kah",),
            ("maaf salah sambung pak",),
            ("pak tolong dibantu mau tanya kantor catatan sipil buka jam berapa",),
            ("o: Ada kebakaran, Pak?", "tidak pak salah pencet"),
        ],
    )
    def test_is_not_named(self, said: tuple[str, ...]) -> None:
        assert find_danger(call(*said)) is None
