"""Benchmarks; each is a script (README.md)."""
