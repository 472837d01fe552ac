"""The recordings in audio_samples/: their scripts, and the maker that speaks them over a telephone line."""
