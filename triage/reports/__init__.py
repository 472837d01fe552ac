"""Exports, and the monthly figures that a city publishes."""
