"""A day of reports as files for analysts: 30 columns, one file for all, one for those who may.

What the public file may hold is decided by `socorro.fields` alone: every column names the field
that it comes from. docs/extracts.md describes the files.
"""
