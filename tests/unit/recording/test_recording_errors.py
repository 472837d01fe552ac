import gzip
import io
import os
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from recording_signals import FIXTURES, FLOAT, MULAW, RATE, silence, speech_bytes, tone, wav

from triage.errors import RecordingError
from triage.recording.faults import _FAULTS
from triage.recording.load import load_recording, read_recording
from triage.settings import Settings

SETTINGS = Settings(_env_file=None)
TONE = tone([500], 2)


def refused(data, file="x.wav", settings=SETTINGS):
    with pytest.raises(RecordingError) as caught:
        load_recording(data, file, settings)
    return caught.value


def archive():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as opened:
        opened.writestr("x.wav", speech_bytes())
    return data.getvalue()


class TestContentThatIsRefused:
    @pytest.mark.parametrize(
        ("code", "data"),
        [
            ("recording_empty", b""),
            ("recording_not_audio", b"hello, this is no audio\n" * 50),
            ("recording_not_audio", "ÿþ teks".encode("utf-16") * 50),
            ("recording_not_audio", b"#EXTM3U\n#EXTINF:9,\nfile:///etc/passwd\n"),
            ("recording_not_audio", b"ffconcat version 1.0\nfile /etc/passwd\n"),
            ("recording_not_audio", b"\x89PNG\r\n\x1a\n" + bytes(200)),
            ("recording_not_audio", bytes(5000)),
            ("recording_archive", gzip.compress(bytes(10_000_000))),
            ("recording_archive", archive()),
            ("recording_damaged", b"RIFF\x24\x00\x00\x00WAVE"),
            ("recording_damaged", b"RIFF\x24\x00\x00\x00WAVEdata\x10\x00\x00\x00" + bytes(16)),
            ("recording_damaged", b"OggS" + bytes(300)),
            ("recording_damaged", b"fLaC" + bytes(300)),
            ("recording_no_samples", wav(b"")),
            ("recording_no_samples", wav(b"")[:36]),
            ("recording_truncated", wav(TONE)[:-20_000]),
            ("recording_truncated", wav(TONE, data_size=TONE.size * 20)),
            ("recording_sample_rate", wav(TONE, rate=0)),
            ("recording_sample_rate", wav(TONE, rate=1)),
            ("recording_sample_rate", wav(TONE, rate=2_000_000_000)),
            ("recording_channels", wav(np.repeat(TONE, 6), channels=6)),
            ("recording_channels", wav(TONE, channels=0)),
            ("recording_codec_unknown", wav(TONE, encoding=0x0161)),
            ("recording_codec_unknown", (FIXTURES / "speech_ac3.mp4").read_bytes()),
            ("recording_no_audio_stream", (FIXTURES / "silent_video.mp4").read_bytes()),
            ("recording_bad_samples", wav(np.where(TONE > 0.09, np.nan, TONE), encoding=FLOAT, bits=32)),
            ("recording_bad_samples", wav(np.where(TONE > 0.09, np.inf, TONE), encoding=FLOAT, bits=32)),
            ("recording_bad_samples", wav(TONE * 1e30, encoding=FLOAT, bits=32)),
            ("recording_too_short", wav(TONE[: RATE // 2])),
        ],
    )
    def test_code_and_status(self, code, data):
        error = refused(data)
        assert error.code == code
        assert error.status == 422
        assert error.exit_code == 2

    def test_over_size(self):
        error = refused(wav(TONE), settings=Settings(_env_file=None, max_bytes=1000))
        assert (error.code, error.status) == ("recording_too_large", 413)
        assert "TRIAGE_MAX_BYTES" in error.message_id

    def test_over_duration(self):
        error = refused(wav(TONE), settings=Settings(_env_file=None, max_seconds=1.5))
        assert (error.code, error.status) == ("recording_too_long", 422)

    def test_the_length_limits_are_inclusive(self):
        exact = Settings(_env_file=None, max_seconds=2.0, min_seconds=2.0)
        assert load_recording(wav(TONE), "x.wav", exact).duration == 2.0


class TestHeadersThatLie:
    @pytest.mark.parametrize("data_size", [0, 0xFFFFFFFF])
    def test_unknown_length_of_a_streaming_pbx_is_read_to_the_end(self, data_size):
        assert load_recording(wav(TONE, data_size=data_size), "x.wav", SETTINGS).duration == 2.0

    def test_a_length_that_was_never_mended_loses_no_audio(self):
        assert load_recording(wav(TONE, data_size=8000), "x.wav", SETTINGS).duration == 2.0

    def test_chunks_after_the_audio_are_not_audio(self):
        tail = b"LIST" + (4000).to_bytes(4, "little") + bytes(4000)
        assert load_recording(wav(TONE, tail=tail), "x.wav", SETTINGS).duration == 2.0

    def test_a_last_packet_that_is_missing_is_no_truncation(self):
        data = wav(TONE)
        assert load_recording(data[:-1000], "x.wav", SETTINGS).duration == pytest.approx(2, abs=0.05)


class TestMessages:
    @pytest.mark.parametrize("code", sorted(_FAULTS))
    def test_both_languages_differ_and_name_the_file(self, code):
        _, indonesian, english = _FAULTS[code]
        assert indonesian != english
        assert "{file}" in indonesian
        assert "{file}" in english

    def test_only_the_name_of_the_file_is_told_and_no_terminal_codes(self):
        error = refused(b"", file="/home/siti/rahasia/C:\\x\\a\x1b[31m{0}.wav")
        assert "a[31m{0}.wav" in error.message_en
        assert "rahasia" not in str(error)


class TestPaths:
    def code(self, path, settings=SETTINGS):
        with pytest.raises(RecordingError) as caught:
            read_recording(path, settings)
        return caught.value.code

    def test_a_file_is_read(self):
        recording = read_recording(FIXTURES / "speech_mulaw.wav", SETTINGS)
        assert recording.file == "speech_mulaw.wav"

    def test_what_is_no_regular_file(self, tmp_path):
        link = tmp_path / "link.wav"
        link.symlink_to(FIXTURES / "speech_mulaw.wav")
        os.mkfifo(tmp_path / "pipe.wav")
        assert self.code(tmp_path) == "recording_not_a_file"
        assert self.code(link) == "recording_not_a_file"
        assert self.code(tmp_path / "pipe.wav") == "recording_not_a_file"

    def test_missing(self, tmp_path):
        assert self.code(tmp_path / "none.wav") == "recording_not_found"

    def test_too_large_is_told_without_reading(self, tmp_path):
        path = tmp_path / "large.wav"
        with path.open("wb") as stream:
            stream.truncate(1 << 40)  # a hole: reading it would fill the memory
        assert self.code(path) == "recording_too_large"


SEEDS = [speech_bytes()[:9_000], wav(silence(1.2), encoding=FLOAT, bits=32)] + [
    (FIXTURES / name).read_bytes()
    for name in ("speech_gsm610.wav", "speech_vorbis.ogg", "speech_wb.amr", "speech_ac3.mp4", "silent_video.mp4")
]


class TestAnyBytes:
    """Whatever the bytes: a Recording or a RecordingError."""

    def judge(self, data):
        try:
            recording = load_recording(data, "x", SETTINGS)
        except RecordingError as error:
            assert error.code in _FAULTS
        else:
            assert recording.duration >= SETTINGS.min_seconds
            assert all(np.isfinite(channel.samples).all() for channel in recording.channels)

    @given(
        seed=st.sampled_from(SEEDS),
        cut=st.floats(0, 1),
        changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=20),
        in_header=st.booleans(),
    )
    @settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.data_too_large])
    def test_mutated_recordings(self, seed, cut, changes, in_header):
        data = bytearray(seed[: round(len(seed) * (0.2 + 0.8 * cut))])
        for place, value in changes:
            data[int(place * min(len(data), 80 if in_header else len(data)))] = value
        self.judge(bytes(data))

    @given(
        magic=st.sampled_from(
            [b"", b"RIFF\0\0\0\0WAVE", b"OggS", b"fLaC", b"ID3", b"\xff\xfb\x90\x64", b"#!AMR\n", b"\0\0\0\x18ftyp"]
        ),
        noise=st.binary(max_size=3000),
    )
    @example(magic=b"\xff\xf1", noise=bytes(range(256)) * 8)
    @settings(max_examples=100, deadline=None, derandomize=True)
    def test_random_bytes_behind_a_known_magic(self, magic, noise):
        self.judge(magic + noise)

    def test_mulaw_header_over_other_data(self):
        self.judge(wav(bytes(range(256)) * 100, encoding=MULAW, bits=8, rate=8000))
