"""A throttle table of one's own, as a setting names it."""

from collector.throttle import Rule, Verdict

MINE = (
    Rule("too_old", lambda crash: crash.get("Version") == "1.0", Verdict.REJECT),
    Rule("half", lambda crash: crash.get("ProductName") == "Half", rate=0.5),
    Rule("defer_all", lambda _: True, Verdict.DEFER),
)

TWICE = (MINE[0], MINE[0])

NO_RULES = ("MINE",)
