"""Removes crashes of a person for good, from every place that has anything of them, and proves it.

First the database notes that they are forgotten (socorro/jobs/forgotten.py): from then on they are
neither queued nor saved, so whatever is under way ends in nothing. Then each place removes what it
has, and is searched again. The order lets a command that was killed be repeated:

1. extracts and spool: nothing is made from them any more, once the crash is in the store;
2. Postgres, with the counts of these hours; search is written from it, so it follows;
3. the spool's log of accepted ids, and cached answers;
4. the crash store last: as long as a crash is in it, it is found by install or e-mail address.

docs/forget.md says what stays out of reach.
"""
