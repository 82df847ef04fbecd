"""Which modules had their symbols uploaded, asked one by one."""

from functools import lru_cache
from pathlib import PurePath

from socorro.symbols.module import BadModule, module_id
from socorro.symbols.store import SymbolStore


class Uploaded:
    """Says whether the store has symbols of (file, debug id): xul.dll's are those of xul.pdb."""

    def __init__(self, store: SymbolStore) -> None:
        self._has = lru_cache(maxsize=100_000)(lambda name, code: _has(store, name, code))

    def __contains__(self, module: object) -> bool:
        """Look one module up."""
        return isinstance(module, tuple) and self._has(*module)


def _has(store: SymbolStore, file: str, debug_id: str) -> bool:
    for debug_file in dict.fromkeys((file, f"{PurePath(file).stem}.pdb")):
        try:
            if store.has(module_id(debug_file, debug_id)):
                return True
        except BadModule:
            continue
    return False
