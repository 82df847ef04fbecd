"""Supervisor's log, as events in plain English."""

import re
from collections import Counter
from collections.abc import Callable

_LINE = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ (\w{4}) (.*)$")
_EXITED = re.compile(r"^exited: (\S+) \((.+?)(?:; (?:not )?expected)?\)$")
_WAITING = re.compile(r"^waiting for (.+) to die$")
_KILLED = re.compile(r"^killing '(\S+)' \(\d+\) with SIGKILL")
_EXPECTED = (  # warnings that say nothing new
    "Server 'unix_http_server' running without any HTTP authentication",
    "received SIGTERM",
)


class SupervisorLog:
    """Turns supervisor's log into events; counts how often each program ended unasked."""

    def __init__(self) -> None:
        self.ended: Counter[str] = Counter()
        self.stopping: Callable[[], object] = lambda: False

    def __call__(self, line: str) -> str | None:
        """Return what to say for one line of supervisor, None for nothing."""
        match = _LINE.match(line)
        if match is None:
            return f"supervisor: {line}" if line.strip() else None
        level, text = match.groups()
        if exited := _EXITED.match(text):
            return self._exited(*exited.groups())
        if waiting := _WAITING.match(text):
            return f"waiting for {waiting[1]}"
        if killed := _KILLED.match(text):
            return f"{killed[1]} did not stop in time and was killed"
        if level == "INFO" or text.startswith(_EXPECTED):
            return None
        return f"supervisor: {text}"

    def _exited(self, program: str, how: str) -> str | None:
        if self.stopping():
            return None
        self.ended[program] += 1
        how = re.sub(r"^terminated by (\S+).*", r"died (\1)", how)
        how = re.sub(r"^exit status (\d+)", r"ended with exit code \1", how)
        return f"{program} {how}; starting it again"
