"""Deploys Socorro on one machine, with Python's standard library alone (docs/deploy.md)."""
