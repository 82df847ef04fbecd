"""A day of reports as files for analysts: 30 columns, one file public, one with protected fields.

`socorro.fields` alone decides what the public file shows: every column names the field that it
comes from. docs/extracts.md describes the files.
"""
