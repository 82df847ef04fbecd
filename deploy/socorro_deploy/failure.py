"""Why a deploy ended."""


class DeployFailed(Exception):
    """The deploy ended with what was before; the text says what to do."""


class NotHealthy(DeployFailed):
    """A service did not stop, start or become healthy in time."""
