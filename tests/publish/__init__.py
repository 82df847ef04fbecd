"""Tests of `make publish` and `make deploy`."""
