"""Weeks of invented crash history: what a living browser's crashes look like, told by a seed.

A `World` knows everything: builds and who uses them, signatures and how long they live,
machines, and the planted truth. `DayRows` turns one of its days into lines for COPY. Pure: no
I/O, no clock, and the same seed gives the same bytes. docs/fakedata.md describes the truth file.
"""
