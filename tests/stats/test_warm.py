"""Statistics are imported before the first request needs them, and only when a service says so."""

import subprocess
import sys

CODE = """
import sys
import middleware.app, webapp.app
from socorro.stats.warm import import_in_background
print("scipy" in sys.modules)
import_in_background().join()
print("scipy.special" in sys.modules)
"""


def test_scipy_is_imported_in_the_background_and_not_before() -> None:
    result = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True, timeout=60
    )

    assert result.stdout.split() == ["False", "True"]
