"""Keeps the cache of symbols of this machine within its size, and forgets old answers."""

from cron.job import Done, Job, Run
from cron.period import daily
from socorro.config import load
from socorro.symbols.cache import SymbolCache
from socorro.symbols.config import SymbolsConfig


def work(_run: Run) -> Done:
    """Remove the symbols that were unused for longest until the rest fits."""
    config = load(SymbolsConfig)
    if not config.cache.is_dir():
        return Done()
    cache = SymbolCache(config.cache, config.cache_bytes, config.file_bytes)
    return Done(len(cache.evict()) + cache.forget_answers())


JOB = Job(
    name="symbol-cache",
    does="Keeps the symbol cache of this machine within its size.",
    period=daily("05:30"),
    work=work,
    seconds=1800,
)
