"""Benchmarks that another team can run its own recogniser on: docs/benchmark.md."""
