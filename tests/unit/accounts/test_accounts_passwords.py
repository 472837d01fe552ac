"""Passwords: which are refused, and how they are kept."""

import pytest
from argon2 import PasswordHasher, Type, extract_parameters

from triage.accounts import passwords
from triage.accounts.passwords import check_password, hash_password, needs_rehash, verify_password
from triage.errors import InputError


class TestCheck:
    @pytest.mark.parametrize(
        "password",
        [
            "kuda laut terbang",
            "12 kuda laut terbang",
            "hujan-sore-kemaraya",
            "ありがとうございます海馬",
            "x7Kq-9pLm2vR",
        ],
    )
    def test_takes_what_is_long_and_its_own(self, password):
        check_password(password, "budi")

    @pytest.mark.parametrize("password", ["", "pendek", "x" * 11, "kuda laut " * 30, "kuda laut \ud800 terbang"])
    def test_refuses_what_is_too_short_too_long_or_no_text(self, password):
        with pytest.raises(InputError) as caught:
            check_password(password, "budi")
        assert caught.value.code == "password_length"

    @pytest.mark.parametrize(
        "password",
        [
            "aaaaaaaaaaaa",
            "abababababab",
            "123456789012",
            "7471011234567890",
            "0812-3456-7890",
            "password1234",
            "Password!2025",
            "KATA SANDI 112",
            "rahasia rahasia",
            "qwertyuiop12",
            "budi.santoso1",
            "Budi.Santoso budi.santoso",
            "admin budi.santoso 1",
        ],
    )
    def test_refuses_what_is_guessed_first(self, password):
        with pytest.raises(InputError) as caught:
            check_password(password, "budi.santoso")
        assert caught.value.code == "password_guessable"

    def test_does_not_mind_a_short_name_inside_of_other_words(self):
        check_password("anak ayam makan anggur", "an")


class TestHash:
    def test_is_argon2id_with_the_parameters_of_rfc_9106(self, monkeypatch):
        monkeypatch.setattr(passwords, "_hasher", PasswordHasher())
        parameters = extract_parameters(hash_password("kuda laut terbang"))
        assert (parameters.type, parameters.time_cost, parameters.memory_cost) == (Type.ID, 3, 64 * 1024)

    def test_is_another_each_time_and_right_for_its_password_alone(self):
        first, second = hash_password("kuda laut terbang"), hash_password("kuda laut terbang")
        assert first != second
        assert verify_password("kuda laut terbang", first)
        assert not verify_password("kuda laut terbanG", first)

    def test_is_right_however_a_keyboard_writes_a_letter(self):
        assert verify_password("cafe\u0301 di tepi pantai", hash_password("caf\u00e9 di tepi pantai"))

    def test_that_is_empty_is_not_nobody_s(self, monkeypatch):
        monkeypatch.setattr(passwords, "_nobody", lambda: hash_password("kuda laut terbang"))
        assert not verify_password("kuda laut terbang", None)
        assert not verify_password("kuda laut terbang", "")

    @pytest.mark.parametrize("stored", [None, "", "rubbish", "$argon2id$v=19$m=8,t=1,p=1$"])
    def test_that_is_none_is_never_right(self, stored):
        for password in ("", "kuda laut terbang", "\ud800"):
            assert not verify_password(password, stored)

    def test_costs_the_same_where_there_is_no_account(self, monkeypatch):
        checked = []

        class Counting(PasswordHasher):
            def verify(self, stored, password):
                checked.append(extract_parameters(stored))
                return super().verify(stored, password)

        monkeypatch.setattr(passwords, "_hasher", Counting(time_cost=1, memory_cost=8, parallelism=1))
        verify_password("kuda laut terbang", hash_password("hujan sore kemaraya"))
        verify_password("kuda laut terbang", None)
        assert len(checked) == 2
        assert checked[0] == checked[1]

    def test_with_weaker_parameters_is_made_anew(self, monkeypatch):
        weak = hash_password("kuda laut terbang")
        monkeypatch.setattr(passwords, "_hasher", PasswordHasher())
        assert needs_rehash(weak)
        assert not needs_rehash(hash_password("kuda laut terbang"))
