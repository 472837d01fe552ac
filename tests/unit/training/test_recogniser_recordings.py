"""A site's own transcribed recordings."""

import math
from pathlib import Path

import numpy as np
import pytest
import soundfile

from training.recogniser.config import SCRATCH_FEATURES
from training.recogniser.features import FeatureConfig, from_bytes
from training.recogniser.recordings import CSV, RecordingsError, read_recordings, read_rows
from triage.errors import InputError

RATE = 8000
LOW, HIGH = 500, 2000


def tone(hertz, seconds=3.0):
    time = np.arange(int(seconds * RATE)) / RATE
    return (0.2 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def write_csv(folder, *lines, header="file,text", encoding="utf-8"):
    (folder / CSV).write_text("\n".join([header, *lines]) + "\n", encoding=encoding)
    return folder


@pytest.fixture
def folder(tmp_path):
    """mono.wav of 3 s: a low tone, then a high one; stereo.wav: caller low, operator high."""
    mono = np.concatenate([tone(LOW, 1.5), tone(HIGH, 1.5)])
    soundfile.write(tmp_path / "mono.wav", mono, RATE, subtype="ULAW")
    soundfile.write(tmp_path / "stereo.wav", np.stack([tone(LOW), tone(HIGH)], axis=1), RATE, subtype="PCM_16")
    return tmp_path


def loudest_bin(clip):
    return int(from_bytes(clip.mel).mean(dim=1).argmax())


def clips(folder, features=SCRATCH_FEATURES):
    return read_recordings(folder, features)


class TestAGoodOne:
    def test_becomes_a_clip_with_the_words_as_the_recogniser_writes_them(self, folder):
        [clip] = clips(write_csv(folder, 'mono.wav,"Halo, ada 2 rumah [batuk] terbakar!"'))
        assert clip.words == ["halo", "ada", "dua", "rumah", "terbakar"]
        assert clip.mel.shape == (80, pytest.approx(3.0 / 0.02, abs=1))
        assert clip.mel.dtype == np.uint8

    def test_has_no_phonemes_and_no_times_of_the_words_inside(self, folder):
        [clip] = clips(write_csv(folder, "mono.wav,ada api pak"))
        assert len(clip.phonemes) == 0
        assert (clip.word_times[0], clip.word_times[-1]) == (0.0, pytest.approx(3.0))
        assert [math.isnan(t) for t in clip.word_times] == [False, True, True, False]

    def test_has_the_features_of_the_model_it_is_for(self, folder):
        [clip] = clips(write_csv(folder, "mono.wav,ada"), FeatureConfig(feature_size=128))
        assert clip.mel.shape == (128, pytest.approx(300, abs=2))

    def test_may_be_a_stretch_of_a_file(self, folder):
        lines = ("mono.wav,awal,0,1.5,", "mono.wav,akhir,1.5,3.0,", "mono.wav,akhir juga,1.5,,")
        first, second, open_ended = clips(write_csv(folder, *lines, header="file,text,start,end,channel"))
        assert [c.mel.shape[1] for c in (first, second, open_ended)] == pytest.approx([75, 75, 75], abs=1)
        assert loudest_bin(first) < loudest_bin(second) == loudest_bin(open_ended)

    def test_without_text_is_a_recording_without_words(self, folder):
        [clip] = clips(write_csv(folder, "mono.wav,"))
        assert (clip.words, clip.word_times) == ([], [])

    def test_may_lie_in_a_folder_below_and_be_listed_by_a_spreadsheet(self, folder):
        (folder / "juni").mkdir()
        (folder / "mono.wav").rename(folder / "juni" / "satu dua.wav")
        write_csv(folder, '"juni/satu dua.wav",ada api', encoding="utf-8-sig")
        assert [row.path.name for row in read_rows(folder)] == ["satu dua.wav"]


class TestChannel:
    def one(self, folder, channel):
        [clip] = clips(write_csv(folder, f"stereo.wav,ada api,{channel}", header="file,text,channel"))
        return loudest_bin(clip)

    def test_is_the_one_that_is_named(self, folder):
        assert self.one(folder, "caller") < self.one(folder, "operator")

    def test_is_the_callers_unless_named(self, folder):
        assert self.one(folder, "") == self.one(folder, "caller")

    def test_that_is_not_there(self, folder):
        write_csv(folder, "mono.wav,ada api,operator", header="file,text,channel")
        with pytest.raises(RecordingsError, match=r"no channel 'operator'; it has \['mixed'\]"):
            clips(folder)


class TestAnUnusableList:
    def refused(self, folder, match):
        with pytest.raises(RecordingsError, match=match) as caught:
            clips(folder)
        assert isinstance(caught.value, InputError)
        assert caught.value.exit_code == 2
        return caught.value

    def test_is_not_there(self, tmp_path):
        error = self.refused(tmp_path, r"recordings\.csv is missing: a CSV with the columns file,text")
        assert error.message_id.startswith("Rekaman tidak dapat dipakai: ")

    @pytest.mark.parametrize("header", ["file;text", "berkas,teks", "file"])
    def test_lacks_a_column(self, folder, header):
        self.refused(write_csv(folder, "mono.wav,ada", header=header), "must name the columns file and text")

    def test_is_empty(self, folder):
        (folder / CSV).write_bytes(b"")
        self.refused(folder, "must name the columns file and text")

    def test_is_not_utf_8(self, folder):
        self.refused(write_csv(folder, "mono.wav,\xe9", encoding="cp1252"), "is not UTF-8")

    @pytest.mark.parametrize("line", ["mono.wav", ",ada api"])
    def test_has_a_row_without_file_or_text(self, folder, line):
        self.refused(write_csv(folder, "mono.wav,ada", line), "line 3: file and text must both be given")

    def test_leaves_the_folder(self, tmp_path, folder):
        inside = tmp_path / "inside"
        inside.mkdir()
        self.refused(write_csv(inside, "../mono.wav,ada"), r"line 2: \.\./mono\.wav lies outside the folder")
        self.refused(write_csv(inside, f"{Path('/etc/hostname')},ada"), "lies outside the folder")

    def test_names_a_file_that_is_not_there(self, folder):
        self.refused(write_csv(folder, "mono.wav,ada", "lain.wav,ada"), r"line 3: there is no file lain\.wav")


class TestAnUnusableStretch:
    def refused(self, folder, start, end, match):
        write_csv(folder, f"mono.wav,ada,{start},{end}", header="file,text,start,end")
        with pytest.raises(RecordingsError, match=match):
            clips(folder)

    @pytest.mark.parametrize(("start", "end"), [(2, 1), (1, 1), (-1, 2), ("nan", 2), (1, "nan")])
    def test_ends_before_it_starts(self, folder, start, end):
        self.refused(folder, start, end, "line 2: start must not be below 0, and end must come after it")

    def test_is_not_in_seconds(self, folder):
        self.refused(folder, "0:01", 2, r"line 2: start and end are seconds, such as 12\.5")

    def test_is_too_short(self, folder):
        self.refused(folder, 1, 1.1, r"mono\.wav: 0\.1 s; give start and end of stretches of 0\.3 to 11\.5 s")

    def test_lies_behind_the_end(self, folder):
        self.refused(folder, 60, 65, r"mono\.wav: 0\.0 s; give start and end")

    def test_is_too_long_to_learn_from(self, folder):
        soundfile.write(folder / "mono.wav", tone(LOW, 12.0), RATE)
        self.refused(folder, "", "", r"mono\.wav: 12\.0 s; give start and end of stretches of 0\.3 to 11\.5 s")
        write_csv(folder, "mono.wav,ada,0,11", header="file,text,start,end")
        assert len(clips(folder)) == 1
