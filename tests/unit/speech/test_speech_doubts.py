"""Doubts about segments."""

import pytest

from triage.recording import Span
from triage.speech import Doubt, Segment, Word
from triage.speech.doubts import DoubtLimits, doubt_segments, normalise, repeats

VOICE = {"caller": (Span(0, 60),), "operator": (Span(0, 60),)}


def said(text, start=0.0, end=4.0, channel="caller", **measures):
    return Segment(channel, start, end, text, **measures)


def kinds(*segments, speech=VOICE, **limits):
    return [[d.kind for d in s.doubts] for s in doubt_segments(segments, speech, DoubtLimits(**limits))]


class TestNoVoice:
    def test_text_where_nobody_speaks(self):
        [segment] = doubt_segments([said("ada kebakaran", 10, 14)], {"caller": (Span(0, 11),)})
        assert segment.doubts == (Doubt("no_voice", 0.25),)

    def test_text_under_voice_is_not_doubted(self):
        assert kinds(said("ada kebakaran", 10, 14), speech={"caller": (Span(9, 12), Span(13, 20))}) == [[]]

    def test_words_count_and_not_the_pause_a_segment_lasts_through(self):
        words = (Word("ada", 0.0, 1.0, 0.9), Word("kebakaran", 1.0, 2.0, 0.9))
        assert kinds(said("ada kebakaran", 0, 12, words=words), speech={"caller": (Span(0, 2),)}) == [[]]

    def test_the_other_channels_voice_does_not_count(self):
        assert kinds(said("ada kebakaran"), speech={"operator": (Span(0, 60),)}) == [["no_voice"]]

    @pytest.mark.parametrize(("at", "doubts"), [(5.0, []), (30.0, ["no_voice"])])
    def test_a_segment_without_length_is_in_voice_or_not(self, at, doubts):
        assert kinds(said("ya", at, at), speech={"caller": (Span(4, 6),)}) == [doubts]


class TestLoop:
    @pytest.mark.parametrize(
        "text",
        [
            "tolong tolong tolong",
            "tolong tolong tolong tolong tolong tolong",
            "halo halo halo halo halo",
            "iya pak iya pak iya pak",
            "tolong ada kebakaran tolong ada kebakaran tolong ada kebakaran",
            "api api api di rumah di rumah saya di lorong anawai cepat cepat cepat pak",
            "nomor saya nol delapan satu dua dua dua dua dua dua dua tiga",
        ],
    )
    def test_a_caller_in_distress_repeats_without_being_a_loop(self, text):
        assert kinds(said(text)) == [[]]

    @pytest.mark.parametrize(
        ("text", "times"),
        [
            ("tolong " * 8, 8),
            ("iya pak " * 6, 6),
            ("ada kebakaran di sini " * 4, 4),
            ("jadi begini pak " + "di depan kantor " * 5 + "ya", 4),
        ],
    )
    def test_more_repeats_are(self, text, times):
        [segment] = doubt_segments([said(text)], VOICE)
        assert segment.doubts == (Doubt("loop", float(times)),)

    def test_a_repeated_syllable_is_found_by_compression(self):
        [segment] = doubt_segments([said("ha" * 120)], VOICE)
        assert segment.doubts[0].kind == "loop"
        assert segment.doubts[0].value > 2.4

    def test_ordinary_speech_as_long_is_not(self):
        text = (
            "selamat malam pak saya mau lapor ada pohon tumbang di jalan haluoleo dekat pasar panjang menutup badan "
            "jalan sudah dari jam delapan tadi belum ada petugas yang datang mobil tidak bisa lewat tolong dikirim "
            "petugas pak karena di bawahnya ada kabel listrik yang putus dan warga takut kena setrum"
        )
        assert kinds(said(text)) == [[]]

    def test_the_same_segment_over_and_over(self):
        segments = [said("ada kebakaran di sini", i * 4, i * 4 + 4) for i in range(4)]
        assert kinds(*segments) == [["loop"]] * 4

    def test_said_three_times_is_not(self):
        segments = [said("ada kebakaran di sini", i * 4, i * 4 + 4) for i in range(3)]
        assert kinds(*segments) == [[]] * 3

    def test_short_answers_apart_are_not(self):
        assert kinds(*(said("iya", i * 5, i * 5 + 1) for i in range(10))) == [[]] * 10

    def test_each_channel_by_itself(self):
        segments = [
            said("ada kebakaran di sini", i * 2, i * 2 + 2, "caller" if i % 2 else "operator") for i in range(6)
        ]
        assert kinds(*segments) == [[]] * 6

    def test_repeats_counts_the_shortest_phrase(self):
        assert repeats(["a"] * 8) == (1, 8)
        assert repeats(["a", "b", "c"] * 4) == (3, 4)
        assert repeats(["satu", "dua", "tiga"]) == (0, 0)


class TestPhantomPhrase:
    @pytest.mark.parametrize(
        "text",
        [
            "Terima kasih telah menonton!",
            " terima kasih sudah menonton",
            "Terima kasih telah menonton. Sampai jumpa di video selanjutnya.",
            "Jangan lupa like, dan subscribe.",
            "Jangan lupa like, share, dan subscribe ya.",
            "Subtitle oleh Budi Santoso",
            "Sampai jumpa di video selanjutnya.",
            "Thank you for watching!",
            "Thanks for watching.",
            "ご視聴ありがとうございました",
            "Субтитры сделал DimaTorzok",
        ],
    )
    def test_lines_of_video_subtitles(self, text):
        assert "phantom_phrase" in kinds(said(text))[0]

    @pytest.mark.parametrize(
        "text",
        [
            "terima kasih",
            "terima kasih banyak pak",
            "terima kasih sudah menolong",
            "sampai jumpa",
            "oke terima kasih telah menonton anak saya hilang di pasar",
            "Terima kasih telah menonton. Ada kebakaran di lorong anawai.",
            "saya lagi menonton tv lalu ada asap",
            "...",
            "",
        ],
    )
    def test_what_a_caller_says_is_not(self, text):
        assert kinds(said(text)) == [[]]


class TestLowLogprob:
    def test_below_whispers_limit(self):
        [segment] = doubt_segments([said("ada api", avg_logprob=-1.25)], VOICE)
        assert segment.doubts == (Doubt("low_logprob", -1.25),)

    def test_the_limit_is_the_models_own(self):
        assert kinds(said("ada api", avg_logprob=-1.25), low_logprob=-1.5) == [[]]
        assert kinds(said("ada api", avg_logprob=-0.75), low_logprob=-0.5) == [["low_logprob"]]

    def test_unknown_is_not_low(self):
        assert kinds(said("ada api", avg_logprob=None)) == [[]]


class TestLettersApart:
    def test_above_the_models_limit(self):
        [segment] = doubt_segments([said("ada api", letter_distance=0.4567)], VOICE, DoubtLimits(letters_apart=0.3))
        assert segment.doubts == (Doubt("letters_apart", 0.457),)

    def test_the_limit_itself_is_near_enough(self):
        assert kinds(said("ada api", letter_distance=0.3), letters_apart=0.3) == [[]]

    def test_a_model_without_a_limit_of_its_own_is_not_doubted_for_it(self):
        assert kinds(said("ada api", letter_distance=1.0)) == [[]]

    def test_unknown_is_not_apart(self):
        assert kinds(said("ada api", letter_distance=None), letters_apart=0.0) == [[]]


class TestAll:
    def test_doubts_add_up_and_nothing_is_dropped(self):
        segments = (said("Terima kasih telah menonton", 50, 52, avg_logprob=-2.0), said("halo", 0, 1))
        doubted = doubt_segments(segments, {"caller": (Span(0, 2),)})
        assert [d.kind for d in doubted[0].doubts] == ["no_voice", "phantom_phrase", "low_logprob"]
        assert [s.text for s in doubted] == [s.text for s in segments]
        assert doubted[1].doubts == ()

    def test_old_doubts_are_replaced(self):
        assert kinds(said("halo", 0, 1, doubts=(Doubt("loop", 9.0),))) == [[]]

    def test_normalise(self):
        assert normalise(" Halo,  PAK! ") == "halo pak"
