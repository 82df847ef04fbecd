"""Turns a raw crash into a processed crash and a row in reports."""
