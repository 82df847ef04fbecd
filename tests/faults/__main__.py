"""python -m tests.faults: see the package's docstring."""

from tests.faults.battery import main

raise SystemExit(main())
