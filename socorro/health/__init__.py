"""Whether the line is healthy: one judgement, for `socorro health`, the page /status/ and REST.

Facts are collected where they are (collect.py): the state of queue, clock, search, counts and
ledger in Postgres, the rest from the health ports of the services (ports.py), because collector and
crashmover know no database and may be on other machines with their spool. What does not answer is
itself a fact. The judgement is a pure function of facts and limits (judge.py); documents.py writes
it down, for everybody or with hosts and errors.
"""
