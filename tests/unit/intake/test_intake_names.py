"""What a PBX writes into file names."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.intake.details import Details
from triage.intake.names import read_name

ZONE = ZoneInfo("Asia/Makassar")
TAIL = "20251118-203015-1731937815.42"
START = datetime(2025, 11, 18, 12, 30, 15, tzinfo=UTC)


class TestANameOfThePbx:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("in-112-081234567890", {"direction": "in", "queue": "112", "caller_number": "081234567890"}),
            ("in-112-08xx", {"direction": "in", "queue": "112", "caller_number": "08xx"}),
            ("in-112-", {"direction": "in", "queue": "112"}),
            ("in-112-anonymous", {"direction": "in", "queue": "112", "caller_number": "anonymous"}),
            ("q-900-+62-812-3456-7890", {"direction": "in", "queue": "900", "caller_number": "+62-812-3456-7890"}),
            ("rg-600-081234567890", {"direction": "in", "queue": "600", "caller_number": "081234567890"}),
            ("g-600-081234567890", {"direction": "in", "queue": "600", "caller_number": "081234567890"}),
            ("out-081234567890-201", {"direction": "out", "agent": "201", "caller_number": "081234567890"}),
            ("external-201-081234567890", {"direction": "in", "agent": "201", "caller_number": "081234567890"}),
            ("exten-201-081234567890", {"direction": "in", "agent": "201", "caller_number": "081234567890"}),
            ("exten-201-202", {"direction": "internal", "agent": "201", "caller_number": "202"}),
            ("force-201-202", {"direction": "internal", "agent": "201", "caller_number": "202"}),
            ("internal-201-202", {"direction": "internal", "agent": "201", "caller_number": "202"}),
        ],
    )
    def test_tells_what_it_holds(self, name, expected):
        details = read_name(f"{name}-{TAIL}.wav", ZONE).details
        assert details == Details(started_at=START, pbx_id="1731937815.42", **expected)

    def test_is_read_in_the_centres_time_zone(self):
        name = f"in-112-081234567890-{TAIL}.wav"
        assert read_name(name, ZoneInfo("Asia/Jakarta")).details.started_at == datetime(
            2025, 11, 18, 13, 30, 15, tzinfo=UTC
        )

    def test_with_an_impossible_time_begins_by_its_unique_id(self):
        details = read_name("in-112-08xx-20251399-203015-1731937815.42.wav", ZONE).details
        assert details.started_at == datetime(2024, 11, 18, 13, 50, 15, tzinfo=UTC)

    @pytest.mark.parametrize("ending", [".wav", "", ".WAV", "-in.wav", "_kanan.mp3"])
    def test_may_end_in_many_ways(self, ending):
        assert read_name(f"in-112-08xx-{TAIL}{ending}", ZONE).details.pbx_id == "1731937815.42"

    def test_is_kept_without_the_number(self):
        assert read_name(f"in-112-081234567890-{TAIL}.wav", ZONE).masked == f"in-112-xxxxxxxxx890-{TAIL}.wav"
        assert read_name(f"out-081234567890-201-{TAIL}.wav", ZONE).masked == f"out-xxxxxxxxx890-201-{TAIL}.wav"


class TestAnyOtherName:
    @pytest.mark.parametrize("name", ["rekaman.wav", "in-112.wav", f"in-112-x-{TAIL[:-3]}.wav", f"zz-112-0-{TAIL}.wav"])
    def test_tells_nothing(self, name):
        assert read_name(name, ZONE).details == Details()

    def test_is_kept_without_numbers(self):
        assert read_name("0812 3456 7890 budi.wav", ZONE).masked == "xxxx xxxx x890 budi.wav"

    @given(st.text(max_size=60))
    def test_raises_nothing(self, name):
        read_name(name, ZONE)

    @given(
        st.from_regex(r"\A(in|out|q|exten)-[^-]{0,6}-.{0,14}-[0-9]{8}-[0-9]{6}-[0-9]{9,11}\.[0-9]{1,9}.{0,5}\Z"),
    )
    def test_that_looks_like_one_raises_nothing(self, name):
        read_name(name, ZONE)

    @given(st.from_regex(r"\A(in|q|external|rg)-[0-9]{1,4}-0[0-9]{9,11}\Z"))
    def test_never_keeps_the_number(self, head):
        number = head.rpartition("-")[2]
        assert number not in read_name(f"{head}-{TAIL}.wav", ZONE).masked
