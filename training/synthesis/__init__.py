"""Synthetic Indonesian telephone speech: text to spoken words, espeak-ng voices, and a telephone line."""
