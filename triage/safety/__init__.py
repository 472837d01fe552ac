"""The safety exceptions S1-S8: where one fires, a person listens."""
