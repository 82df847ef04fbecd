"""Folders that this home has had in use: one that is gone since is away, not empty.

    $SOCORRO_HOME/folders-seen    {"/srv/extracts": "extracts"}

Search files and extracts can be made again, so they have no marker as a crash store has, and
whoever writes them makes their folders. But whoever looks whether something is left in them must
know a disk that is not mounted from a machine that never had any.
"""

from pathlib import Path
from typing import Final

from socorro.config import home
from socorro.marker import Memory

REMEMBERED: Final = "folders-seen"  # file of a home


def remember(folder: Path, kind: str) -> None:
    """Note that *folder* is in use; a home that cannot be written remembers nothing."""
    _memory().keep(str(folder.absolute()), kind)


def is_away(folder: Path, below: tuple[str, ...]) -> bool:
    """Return whether *folder* should have one of the folders *below*, and has none.

    It should when it was in use, is there, or would lie in a folder that is empty: that is what a
    mount point without its disk looks like. Whoever writes makes what is below at once.
    """
    if any((folder / name).is_dir() for name in below):
        return False
    if folder.is_dir() or _memory().recall(str(folder.absolute())) is not None:
        return True
    nearest = next(parent for parent in folder.absolute().parents if parent.is_dir())
    return not any(nearest.iterdir())


def _memory() -> Memory:
    return Memory(home() / REMEMBERED)
