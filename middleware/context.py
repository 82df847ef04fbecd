"""What answers are made from, handed to every route: no globals, no singletons."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from middleware.callers import Caller
from middleware.reply import Reply
from middleware.symbol_uploads import SymbolUploads
from socorro.cache import Cache
from socorro.crashstore.interface import CrashStore
from socorro.health.judge import Health
from socorro.postgres import Database
from socorro.search.interface import Engine


class Context(NamedTuple):
    """What answers are made from.

    *symbols* is None where no symbol store is configured, *search* where no engine is, *cache*
    where no cache is; *health* judges the line.
    """

    database: Database
    store: CrashStore
    symbols: SymbolUploads | None = None
    search: Engine | None = None
    cache: Cache | None = None
    health: Callable[[], Health] | None = None


Values = Mapping[str, Any]
Answer = Callable[[Context, Caller, Values], Reply]
