"""Which modules are of another build than the program that loaded them?

An update that was cut short leaves files of two builds side by side. Such an install crashes in
ways that no developer can reproduce, and its crashes look like a bug of the new build.

A crash names its build, and its modules with their debug ids. Two rules say that an id is foreign:

symbols  The build's own id of the file is clear: it is the file's commonest id in this build and
         architecture, its symbols were uploaded, and the file changes between builds (another build
         has another such id). Every other id of the file is foreign.
share    Some other build has the id in a share of its installs that is at least FACTOR times as
         high, on LEAST installs or more. Only for files that belong to builds, see below.

The first rule works where half a build's installs are mixed, or where the older build is not seen;
the second for files without symbols (resources, languages).

A file belongs to builds when two installs of different builds hardly ever have the same id,
compared with two of the same build. With S the chance that two installs of one build agree, and D
the chance that two of different builds do, 1 - D / S is near 1 for such files, and near 0 for
libraries of the system, for injected ones, and for files that no build changes. Pairs are counted
without an install and itself, as in Simpson's index of diversity (Nature 163, 1949, 688), so that
small builds do not look different by chance. A library that is updated everywhere in the middle of
a week stays at about 1/2.

What it cannot do: a file that changes only every few builds is judged by its symbols alone, and
one that never changes not at all; a build that nobody else's crashes can be compared with is not
judged. A vendor who packs an older file on purpose is a mix, too.
"""

from collections import defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

FACTOR: Final = 5.0  # at 100, recall falls to .36
LEAST: Final = 5  # installs that make an owner, or a build's own id
BOUND: Final = 0.8  # 1 - D / S of files that belong to builds
PAIRS: Final = 20  # of installs, before any of this is judged

Rule = Literal["symbols", "share"]


class Count(NamedTuple):
    """Installs of one build of a product and system that crashed with a module on the stack."""

    build: str
    arch: str
    file: str
    debug_id: str
    installs: int


class Foreign(NamedTuple):
    """A module that is not of the build that loaded it.

    *owner* is the build that it is of; None when no crash shows it. *share* is its share of the
    build's installs with this file, *owner_share* the same in the owner.
    """

    build: str
    file: str
    debug_id: str
    owner: str | None
    rule: Rule
    installs: int
    share: float
    owner_share: float | None


@dataclass
class _File:
    """What is counted of one file: installs by (build, id), by build, and by (build, arch, id)."""

    by_id: dict[str, dict[str, int]] = field(default_factory=dict)  # id -> build -> installs
    by_build: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    by_arch: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)

    def add(self, count: Count) -> None:
        builds = self.by_id.setdefault(count.debug_id, {})
        builds[count.build] = builds.get(count.build, 0) + count.installs
        self.by_build[count.build] += count.installs
        ids = self.by_arch.setdefault((count.build, count.arch), {})
        ids[count.debug_id] = ids.get(count.debug_id, 0) + count.installs

    def share(self, build: str, debug_id: str) -> float:
        return self.by_id[debug_id].get(build, 0) / self.by_build[build]


def find_foreign(
    counts: Iterable[Count], uploaded: Container[tuple[str, str]] = frozenset()
) -> list[Foreign]:
    """Return the foreign modules of one product and system, most installs first.

    *uploaded* has (file, debug id) of the modules whose symbols were uploaded. Counts of the same
    module may come in pieces and in any order; those without a debug id or installs are ignored.
    """
    files: dict[str, _File] = defaultdict(_File)
    for count in counts:
        if count.debug_id and count.build and count.installs > 0:
            files[count.file].add(count)
    answer = [one for name, file in files.items() for one in _foreign(name, file, uploaded)]
    return sorted(answer, key=lambda one: (-one.installs, one.build, one.file, one.debug_id))


def _foreign(name: str, file: _File, uploaded: Container[tuple[str, str]]) -> list[Foreign]:
    if len(file.by_id) < 2 or len(file.by_build) < 2:
        return []
    own = _own_ids(name, file, uploaded)
    foreign = _by_symbols(file, own) if own else set()
    by_share = _by_share(file) if own or belongs_to_builds(file.by_id) else set()
    answer = []
    for build, debug_id in foreign | by_share:
        owner = _owner(file, debug_id, build)
        answer.append(
            Foreign(
                build, name, debug_id, owner,
                "symbols" if (build, debug_id) in foreign else "share",
                file.by_id[debug_id][build], file.share(build, debug_id),
                None if owner is None else file.share(owner, debug_id),
            )
        )  # fmt: skip
    return answer


def belongs_to_builds(by_id: dict[str, dict[str, int]]) -> bool:
    """Say whether builds decide a file's id: *by_id* has installs by id, then by build."""
    by_build: dict[str, int] = defaultdict(int)
    for builds in by_id.values():
        for build, installs in builds.items():
            by_build[build] += installs
    within = sum(n * (n - 1) for n in by_build.values())
    total = sum(by_build.values())
    across = total * total - sum(n * n for n in by_build.values())
    if within < 2 * PAIRS or across < 2 * PAIRS:
        return False
    agree_within = sum(n * (n - 1) for builds in by_id.values() for n in builds.values())
    agree_across = sum(
        sum(builds.values()) ** 2 - sum(n * n for n in builds.values()) for builds in by_id.values()
    )
    return agree_within > 0 and agree_across / across <= (1 - BOUND) * agree_within / within


def _own_ids(
    name: str, file: _File, uploaded: Container[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """Return each build's own id by (build, arch); none when the file does not change by build."""
    own: dict[tuple[str, str], str] = {}
    for place, ids in file.by_arch.items():
        debug_id = max(ids, key=lambda one: (ids[one], one))
        if (
            ids[debug_id] >= LEAST
            and 2 * ids[debug_id] > sum(ids.values())
            and (name, debug_id) in uploaded
        ):
            own[place] = debug_id
    changing: dict[str, set[str]] = defaultdict(set)
    for (_, arch), debug_id in own.items():
        changing[arch].add(debug_id)
    return {place: debug_id for place, debug_id in own.items() if len(changing[place[1]]) > 1}


def _by_symbols(file: _File, own: dict[tuple[str, str], str]) -> set[tuple[str, str]]:
    own_of_build: dict[str, set[str]] = defaultdict(set)
    for (build, _), debug_id in own.items():
        own_of_build[build].add(debug_id)
    return {
        (build, debug_id)
        for (build, arch) in own
        for debug_id in file.by_arch[build, arch]
        if debug_id not in own_of_build[build]
    }


def _by_share(file: _File) -> set[tuple[str, str]]:
    answer = set()
    for debug_id, builds in file.by_id.items():
        best = max(
            (file.share(build, debug_id) for build, n in builds.items() if n >= LEAST), default=0.0
        )
        answer |= {
            (build, debug_id) for build in builds if FACTOR * file.share(build, debug_id) <= best
        }
    return answer


def _owner(file: _File, debug_id: str, build: str) -> str | None:
    """Return the other build that has an id in the highest share; None: none has it more often."""
    others = [
        (file.share(other, debug_id), other)
        for other, installs in file.by_id[debug_id].items()
        if other != build and installs >= LEAST
    ]
    share, owner = max(others, default=(0.0, None))
    return owner if share > file.share(build, debug_id) else None
