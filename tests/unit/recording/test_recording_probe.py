"""The cheap check of a recording: it must say what decoding it will say."""

import random

import pytest
from support.bad_recordings import BAD_RECORDINGS, MAX_BYTES, MAX_SECONDS, good, tone, wav

from triage.errors import RecordingError
from triage.recording.container import is_growing_wav
from triage.recording.load import check_recording, load_recording
from triage.settings import Settings

SETTINGS = Settings(_env_file=None, max_bytes=MAX_BYTES, max_seconds=MAX_SECONDS)


def verdict(check, data):
    try:
        return round(getattr(found := check(data, "a.wav", SETTINGS), "seconds", None) or found.duration, 2)
    except RecordingError as error:
        return error.code


def mutated(seed):
    """A good recording with a few bytes of its beginning changed, cut or repeated."""
    chance = random.Random(seed)
    data = bytearray(good())
    for _ in range(chance.randint(1, 4)):
        data[chance.randrange(60)] = chance.randrange(256)
    if chance.random() < 0.3:
        del data[chance.randrange(len(data)) :]
    return bytes(data)


class TestTheCheck:
    @pytest.mark.parametrize("bad", BAD_RECORDINGS, ids=lambda bad: bad.file)
    def test_refuses_what_decoding_refuses(self, bad):
        with pytest.raises(RecordingError) as raised:
            check_recording(bad.data, bad.file, SETTINGS)
        assert (raised.value.code, raised.value.status) == (bad.code, bad.status)

    def test_agrees_with_decoding_on_damaged_files(self):
        answers = [(verdict(check_recording, data), verdict(load_recording, data)) for data in map(mutated, range(150))]
        assert len({answer for answer, _ in answers}) > 4
        assert [cheap for cheap, _ in answers] == [full for _, full in answers]

    def test_tells_length_and_codec(self):
        found = check_recording(wav(tone(2.5)), "a.wav", SETTINGS)
        assert (found.container, found.codec, found.sample_rate, found.seconds) == ("wav", "pcm_s16le", 8000, 2.5)


class TestAGrowingWav:
    @pytest.mark.parametrize(
        ("data", "growing"),
        [
            (good(), False),
            (wav(tone(), promised=0), True),
            (wav(tone(), promised=0xFFFFFFFF), True),
            (wav(tone(), promised=2 * len(tone())), True),
            (good()[:30], True),
            (good() + b"LIST\x04\x00\x00\x00abcd", False),
            (b"ID3 something else", False),
        ],
    )
    def test_is_told_by_its_header(self, data, growing):
        assert is_growing_wav(data, len(data)) is growing
        assert is_growing_wav(data[:4096], len(data)) is growing
