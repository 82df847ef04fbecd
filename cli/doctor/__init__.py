"""What is wrong with a machine and its settings, and how to fix it: `socorro doctor`.

For a first start and for a fault: it needs no line that runs and no Postgres that answers, and says
so where they are away. A check is a function that yields findings (report.py), declared with its
subject; checks.py collects them. It reads and connects, and changes nothing. Each has three
seconds; all run side by side (run.py). What is not in force for safety comes from
cli/config_check.py, whose checks are among these (in_force.py).
"""
