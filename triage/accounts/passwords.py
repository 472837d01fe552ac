"""Passwords: argon2id by argon2-cffi with the library's own parameters (RFC 9106, low-memory profile)."""

from __future__ import annotations

import os
import re
import secrets
import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from triage.errors import InputError

MIN_LENGTH, MAX_LENGTH = 12, 256
_COMMON = frozenset({
    "admin", "administrator", "bismillah", "darurat", "indonesia", "kata", "katasandi", "kendari", "operator",
    "pass", "passphrase", "passwd", "password", "petugas", "qwerty", "qwertyuiop", "rahasia", "sandi", "sayang",
    "selamat", "terimakasih", "triage", "welcome",
})  # fmt: skip
"""What stands first in lists of leaked passwords, and what this place suggests."""
_LETTERS = re.compile(r"[^\W\d_]+")
_hasher = PasswordHasher()
_hashing = threading.BoundedSemaphore(2 * (os.cpu_count() or 1))
"""A hash takes 64 MiB: of many log-ins at once some wait, rather than fill the memory."""


def check_password(password: str, name: str) -> None:
    """Raises InputError for a password too short, too long, or easily guessed.

    Length and known bad choices count, as NIST SP 800-63B advises: rules about kinds of characters make passwords
    worse.
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH or _bytes(password) is None:
        raise InputError(
            "password_length",
            f"Kata sandi harus {MIN_LENGTH} sampai {MAX_LENGTH} karakter. Pakai beberapa kata yang mudah diingat.",
            f"A password needs {MIN_LENGTH} to {MAX_LENGTH} characters. Use a few words that are easy to remember.",
        )
    if _guessable(password.casefold(), name.casefold()):
        raise InputError(
            "password_guessable",
            "Kata sandi mudah ditebak: hanya angka, kata yang umum, nama akun, atau beberapa huruf yang diulang. "
            "Pilih yang lain.",
            "The password is too easy to guess: digits only, common words, the account's name, or a few letters "
            "repeated. Choose another.",
        )


def hash_password(password: str) -> str:
    """The argon2id hash, with its parameters and salt. The password has passed `check_password`."""
    with _hashing:
        return _hasher.hash(_bytes(password) or b"")


def verify_password(password: str, stored: str | None) -> bool:
    """Whether the password is right. Without a stored hash it takes as long, and is never right."""
    nobody, given = _nobody(), _bytes(password)
    try:
        with _hashing:
            right = _hasher.verify(nobody if stored is None else stored, given or b"")
        return right and stored is not None and given is not None
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _bytes(password: str) -> bytes | None:
    """Normalised, so that every keyboard's way of writing a letter is the same; None for what is no text."""
    try:
        return unicodedata.normalize("NFKC", password).encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return None


def _guessable(password: str, name: str) -> bool:
    words = _LETTERS.findall(password.replace(name, " "))
    return len(set(password)) < 5 or all(word in _COMMON or len(word) < 3 for word in words)


@cache
def _nobody() -> str:
    return _hasher.hash(secrets.token_hex())
