"""The battery of faults: breaks a running line on purpose, and says what that did to crashes.

    make test-faults                        all faults, more than an hour
    make test-faults FAULTS="--list"        their names and what each expects
    make test-faults FAULTS="--quick"       the part that takes under four minutes
    make test-faults FAULTS="--only 'store-*' --only kill-all --posts 500"

A fault is one function that gets a `Trial` (trial.py): it posts crashes, breaks something, posts
again, repairs. What it promises is declared beside it (registry.py); what came of it is measured
by the same code for all of them (battery.py), and judged by a pure function (verdict.py).
"""
