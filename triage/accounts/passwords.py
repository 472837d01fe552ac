"""Passwords: argon2id by argon2-cffi with the library's own parameters (RFC 9106, low-memory profile)."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from triage.errors import InputError

MIN_LENGTH, MAX_LENGTH = 12, 256
_hasher = PasswordHasher()


def check_password(password: str, name: str) -> None:
    """Raises InputError for a password too short, too long or made of the name.

    Length alone counts, as NIST SP 800-63B advises: rules about kinds of characters make passwords worse.
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise InputError(
            "password_length",
            f"Kata sandi harus {MIN_LENGTH} sampai {MAX_LENGTH} karakter. Pakai beberapa kata yang mudah diingat.",
            f"A password needs {MIN_LENGTH} to {MAX_LENGTH} characters. Use a few words that are easy to remember.",
        )
    if name.lower() in password.lower() or len(set(password)) < 5:
        raise InputError(
            "password_guessable",
            "Kata sandi mudah ditebak: memuat nama akun, atau hanya beberapa huruf yang diulang. Pilih yang lain.",
            "The password is too easy to guess: it holds the account's name, or repeats a few letters. Choose another.",
        )


def hash_password(password: str) -> str:
    """The argon2id hash, with its parameters and salt."""
    return _hasher.hash(password)


def verify_password(password: str, stored: str | None) -> bool:
    """Whether the password is right. Without a stored hash it takes as long, and is never right."""
    try:
        return _hasher.verify(stored or _nobody(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


@cache
def _nobody() -> str:
    return _hasher.hash("nobody's password")
