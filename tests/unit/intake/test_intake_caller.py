"""Callers without their numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.intake.caller import identify_caller, mask_in_identifier, mask_numbers

KEY = b"kunci"


def who(written, region="ID", key=KEY):
    return identify_caller(written, region, key)


class TestACaller:
    @pytest.mark.parametrize(
        "written",
        [
            "0812-3456-7890",
            "+62 812 3456 7890",
            "6281234567890",
            "006281234567890",
            "sip:081234567890@10.1.2.3",
            "sip:+6281234567890;phone-context=x@pbx",
            "tel:+62-812-3456-7890",
            '"Budi" <081234567890>',
            "  081234567890 ",
        ],
    )
    def test_is_one_however_his_number_is_written(self, written):
        assert who(written).hash == who("081234567890").hash
        assert who(written).last3 == "890"

    def test_is_another_by_another_number_or_key(self):
        assert who("081234567891").hash != who("081234567890").hash
        assert who("081234567890", key=b"lain").hash != who("081234567890").hash

    def test_of_a_foreign_number(self):
        assert who("+65 9012 3456").hash != who("90123456").hash

    def test_of_an_impossible_number_is_still_himself(self):
        assert who("+99912345678").hash == who("+999 12345678").hash
        assert who("+99912345678").last3 == "678"

    @pytest.mark.parametrize(
        "written",
        [None, "", "anonymous", "Restricted", "unknown", "08xx", "0812xxxx890", "201", "112", "s", "<>", "-", "1 2 3"],
    )
    def test_withheld_or_an_extension_is_nobody(self, written):
        assert who(written) is None

    @given(st.text(max_size=40))
    def test_whatever_is_written_raises_nothing(self, written):
        found = who(written)
        assert found is None or len(found.hash) == 64


class TestMasks:
    @pytest.mark.parametrize(
        ("text", "masked"),
        [
            ("081234567890.wav", "xxxxxxxxx890.wav"),
            ("budi +62 812-3456-7890 pagi", "budi +xx xxx-xxxx-x890 pagi"),
            ("loket 3, antrian 112", "loket 3, antrian 112"),
            ("a123456b", "a123456b"),
            ("٠٨١٢٣٤٥٦٧٨٩٠", "xxxxxxxxx٨٩٠"),
        ],
    )
    def test_of_text(self, text, masked):
        assert mask_numbers(text) == masked

    @pytest.mark.parametrize(
        ("text", "masked"),
        [
            ("1731937815.42", "1731937815.42"),
            ("c-6281234567890", "c-62xxxxxxxx890"),
            ("c-08119998887", "c-xxxxxxxx887"),
            ("id8123456 7890/1", "idxxxxxxx x890/1"),
            ("9f1c2d3e-aaaa-4bbb-8ccc-1234567890ab", "9f1c2d3e-aaaa-4bbb-8ccc-1234567890ab"),
        ],
    )
    def test_of_an_identifier_keep_its_own_digits(self, text, masked):
        assert mask_in_identifier(text, who("081234567890")) == masked

    @given(st.from_regex(r"\A[a-z_.-]{0,5}0[0-9]{9,12}[a-z_.-]{0,5}\Z"))
    def test_leave_no_number(self, text):
        number = "".join(filter(str.isdigit, text))
        assert number not in mask_numbers(text)
        assert number not in mask_in_identifier(text, who(number))
