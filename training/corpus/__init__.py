"""The labelled calls and the phrase bank: typed reading, checks, story-grouped splits."""
