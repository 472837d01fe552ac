"""The bundled recogniser: a small Whisper trained from scratch on synthetic Indonesian telephone speech."""
