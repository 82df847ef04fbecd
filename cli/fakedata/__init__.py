"""Weeks of invented crash history: the crashes of a browser in use, made from a seed.

A `World` has everything: builds and who uses them, signatures and how long they live,
machines, and the planted truth. `DayRows` turns one of its days into lines for COPY. Pure: no
I/O, no clock, and the same seed gives the same bytes. docs/fakedata.md describes the truth file.
"""
