"""All checks: importing the modules declares them."""

from typing import Final

from cli.doctor import database, here, in_force, network, storage
from cli.doctor.report import Check, declared

MODULES: Final = (here, storage, database, network, in_force)
CHECKS: Final[tuple[Check, ...]] = tuple(declared())
