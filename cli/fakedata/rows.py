"""The reports of one day, hour by hour, as lines for COPY.

A line is put together from texts that were made before (of build, machine, signature), because
there are millions of lines: some 40,000 per second. Memory does not grow with the day: an hour is
a generator, and what users wrote is taken after each hour.
"""

import time
from bisect import bisect
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Final, NamedTuple

from cli.fakedata import words
from cli.fakedata.copy_text import NULL
from cli.fakedata.machines import Machine
from cli.fakedata.plants import Plant, poisson
from cli.fakedata.pools import REASONS, TAILS, pools
from cli.fakedata.signatures import Signature
from cli.fakedata.world import Cell, World, sums

MARK: Final = "fakedata"  # in reports.throttle_rule
REPORT_COLUMNS: Final = (
    "crash_id", "submitted_at", "started_at", "completed_at", "crash_time",
    "product", "product_id", "version", "build_id", "release_channel",
    "os_name", "os_version", "cpu_arch", "cpu_info", "app_notes", "addons_checked",
    "signature", "process_type", "topmost_filenames", "success", "status", "crashing_thread",
    "reason", "address", "uptime", "install_age", "last_crash", "hang_id", "hang_type",
    "flash_version", "throttle_rate", "throttle_rule", "fields",
)  # fmt: skip
USER_INFO_COLUMNS: Final = ("crash_id", "submitted_at", "url", "email", "user_comments")

DAY_SECONDS: Final = 86400
# Crashes by hour of the day, UTC: most people live in Europe and America.
HOURS: Final = (
    30, 26, 24, 23, 24, 27, 33, 40, 47, 51, 52, 52, 53, 55, 57, 58, 58, 57, 56, 54, 51, 46, 40, 34,
)  # fmt: skip
DUPLICATES: Final = 0.02  # of crashes that are sent twice
BURSTS: Final = 0.04  # of crashes after which the same machine soon crashes so again
HANGS: Final = 0.006  # of Firefox's crashes on Windows that are hang pairs
HALF_PAIRS: Final = 0.1  # of hang pairs whose plugin half never came
DEFERRED: Final = 0.004  # of throttled crashes that were deferred, and then viewed
URLS, COMMENTS, COMMENTS_THROTTLED, EMAILS = 0.55, 0.02, 0.12, 0.25
# Crashes for each one drawn: itself, its duplicates, its bursts (1.5 each), other halves.
PER_DRAW: Final = 1 + DUPLICATES + BURSTS * 1.5 + HANGS * 0.5

_CLOCK: Final = tuple(
    f"{hour:02}:{minute:02}:{second:02}"
    for hour in range(24)
    for minute in range(60)
    for second in range(60)
)


class Details(NamedTuple):
    """The values of a crash that its duplicates repeat; texts are cells for COPY."""

    address: str
    reason: str
    crash_second: int  # of the day
    uptime: int
    install_age: int
    last_crash: str
    url: str
    comment: str
    email: str
    hang_id: str = NULL
    hang_type: int = 0
    stack: str = ""  # in place of the build's


class DayRows:
    """The crashes of one day: call `hour` for 0 to 23, one after the other."""

    def __init__(self, world: World, day: date) -> None:
        self._world, self._day = world, day
        self._rng = rng = Random(f"{world.seed}/day/{day}")  # noqa: S311
        self._cells = world.cells(day)
        self._sums = sums(self._cells)
        self._midnight = (day - date(1970, 1, 1)).days * DAY_SECONDS
        self._dates = tuple(str(day + timedelta(days=n)) for n in (-1, 0, 1))
        self._ending = f"{day:%y%m%d}"
        self._later: list[tuple[int, Cell, Signature, Machine, Details]] = []
        self._user_info: list[str] = []
        self._pools = pools(world.seed)
        drawn = max(0.0, self._sums[-1] - world.planted(day)) / PER_DRAW
        self._drawn = [poisson(rng, drawn * part / sum(HOURS)) for part in HOURS]
        self._planted = [self._hours_of(plant) for plant in world.plants]

    def hour(self, number: int) -> Iterator[str]:
        """Yield the reports that were submitted in an hour."""
        rng, start = self._rng, number * 3600
        last = number == 23
        later, self._later = self._later, []
        for second, cell, signature, machine, details in later:
            yield from self._emit(second, start, last, cell, signature, machine, details)
        for second in sorted(int(rng.random() * 3600) for _ in range(self._drawn[number])):
            yield from self._crash(start + second, start, last)
        for plant, by_hour in zip(self._world.plants, self._planted, strict=True):
            if by_hour[number]:
                yield from self._plant(plant, by_hour[number], start, last)

    def take_user_info(self) -> list[str]:
        """Return what the users of the crashes so far wrote, and forget it."""
        taken, self._user_info = self._user_info, []
        return taken

    def _hours_of(self, plant: Plant) -> list[int]:
        hours = [0] * 24
        for hour in self._rng.choices(range(24), HOURS, k=plant.counts.get(self._day, 0)):
            hours[hour] += 1
        return hours

    def _crash(self, second: int, start: int, last: bool) -> Iterator[str]:
        """Yield one crash that was not planted, and its duplicates or repeats."""
        random = self._rng.random
        cell = self._cells[bisect(self._sums, random() * self._sums[-1])]
        machine = cell.machines[int(random() * len(cell.machines))]
        luck = random()
        if luck < HANGS and cell.os_name == "Windows NT" and cell.build.product == "Firefox":
            yield from self._hang(second, start, last, cell, machine)
            return
        signature = self._signature(cell)
        details = self._details(second, cell, signature)
        yield self._line(second, cell, signature, machine, details)
        if luck > 1 - DUPLICATES - BURSTS:
            yield from self._again(
                luck > 1 - DUPLICATES, second, start, last, cell, signature, machine, details
            )

    def _signature(self, cell: Cell) -> Signature:
        random = self._rng.random
        if random() < cell.empty_share:
            return self._pools.empty[
                bisect(self._pools.empty_sums, random() * self._pools.empty_sums[-1])
            ]
        table = cell.table
        return table.signatures[bisect(table.sums, random() * table.sums[-1])]

    def _again(
        self, duplicate: bool, second: int, start: int, last: bool,
        cell: Cell, signature: Signature, machine: Machine, details: Details,
    ) -> Iterator[str]:  # fmt: skip
        """Yield the same crash sent twice, or further crashes of one machine in the same way."""
        rng = self._rng
        if duplicate:
            wait = rng.randrange(1, 40)
            twin = details._replace(
                crash_second=details.crash_second + wait,
                uptime=details.uptime + wait,
                install_age=details.install_age + wait,
            )
            yield from self._emit(second + wait, start, last, cell, signature, machine, twin)
            return
        for number in range(1, rng.choice((1, 1, 2, 2)) + 1):
            wait = number * rng.randrange(120, 900)
            fresh = self._details(second + wait, cell, signature)
            yield from self._emit(second + wait, start, last, cell, signature, machine, fresh)

    def _hang(
        self, second: int, start: int, last: bool, cell: Cell, machine: Machine
    ) -> Iterator[str]:
        """Yield both halves of a hang, which arrive in either order."""
        rng, pools = self._rng, self._pools
        hang_id = f"{rng.getrandbits(128):032x}"
        wait = rng.randrange(0, 30)
        halves = [(pools.hangs[rng.randrange(len(pools.hangs))], 1)]
        if rng.random() >= HALF_PAIRS:
            halves.append((pools.plugin_hangs[rng.randrange(len(pools.plugin_hangs))], -1))
        if rng.random() < 0.5:
            halves.reverse()
        for number, (signature, hang_type) in enumerate(halves):
            arrival = second + number * wait
            details = self._details(arrival, cell, signature, hang_id, hang_type)
            yield from self._emit(arrival, start, last, cell, signature, machine, details)

    def _plant(self, plant: Plant, count: int, start: int, last: bool) -> Iterator[str]:
        rng, systems = self._rng, plant.systems
        cells = [
            cell
            for cell in self._cells
            if cell.build.product == plant.product
            and cell.build.channel == plant.channel
            and cell.os_name in systems
            and (not plant.builds or cell.build.build_id in plant.builds)
        ]
        if not cells:
            return
        for cell in rng.choices(cells, [cell.weight for cell in cells], k=count):
            pool = plant.machines or cell.machines
            machine = pool[int(rng.random() * len(pool))]
            signature = plant.signature or self._signature(cell)
            second = start + int(rng.random() * 3600)
            details = self._details(second, cell, signature, plant=plant)
            yield from self._emit(second, start, last, cell, signature, machine, details)

    def _details(
        self, second: int, cell: Cell, signature: Signature,
        hang_id: str = NULL, hang_type: int = 0, plant: Plant | None = None,
    ) -> Details:  # fmt: skip
        rng, pools = self._rng, self._pools
        random, bits = rng.random, rng.getrandbits
        age = int(random() * cell.age_seconds) + 61
        uptime = bits(6) if signature.startup else min(pools.uptimes[bits(12)], age)
        url = comment = email = NULL
        luck = random()
        if luck < URLS:
            url = pools.urls[bits(12)]
        if luck < (COMMENTS_THROTTLED if cell.throttle < 1 else COMMENTS):
            comment = pools.comments[int(random() * len(pools.comments))]
            if random() < EMAILS:
                email = words.email(rng)
        reason = signature.reason if random() < 0.93 else bits(2)
        address = pools.addresses[bits(12)]
        stack = ""
        if plant:
            if plant.urls:
                url = rng.choice(plant.urls)
            if plant.flips_bits:
                address = f"0x{1 << rng.randrange(12, 47):016x}"
            stack = plant.stack
        return Details(
            address, REASONS[cell.os_name][reason], second - pools.delays[bits(11)], uptime, age,
            pools.lasts[bits(10)], url, comment, email, hang_id, hang_type, stack,
        )  # fmt: skip

    def _emit(
        self, second: int, start: int, last: bool,
        cell: Cell, signature: Signature, machine: Machine, details: Details,
    ) -> Iterator[str]:  # fmt: skip
        """Yield a line now, or keep it for its hour; the day's last hour keeps nothing."""
        if second < start + 3600:
            yield self._line(second, cell, signature, machine, details)
        elif last:
            yield self._line(start + 3599, cell, signature, machine, details)
        else:
            self._later.append((second, cell, signature, machine, details))

    def _line(
        self, second: int, cell: Cell, signature: Signature, machine: Machine, details: Details
    ) -> str:
        bits = self._rng.getrandbits
        hexed = f"{bits(92):023x}"
        comment, throttle = details.comment, cell.throttle
        deferred = throttle < 1 and bits(8) == 0 and comment == NULL
        crash_id = (
            f"{hexed[:8]}-{hexed[8:12]}-4{hexed[12:15]}-a{hexed[15:18]}-"
            f"{hexed[18:]}{'1' if deferred else '0'}{self._ending}"
        )
        at = f"{self._time(second)}.{bits(19):06d}Z"
        done = second + 1 + bits(3)
        if details.url != NULL or comment != NULL:
            self._user_info.append(f"{crash_id}\t{at}\t{details.url}\t{details.email}\t{comment}\n")
        if signature.head.startswith("EMPTY"):
            modules = ""
        else:
            modules = (
                f', "modules_in_stack": "{details.stack or cell.stack}'
                f'{TAILS[cell.os_name][signature.shape]}{machine.injected}"'
            )
        rate = throttle if comment == NULL else 1
        flash = machine.flash
        if signature.process_type == "plugin" and flash == NULL:
            flash = "11.1.102.55"
        return (
            f"{crash_id}\t{at}\t{self._time(done)}Z\t{self._time(done + bits(2))}Z\t"
            f"{self._time(details.crash_second)}Z\t{cell.head}\t{machine.head}\t{signature.head}\t"
            f"{details.reason}\t{details.address}\t{details.uptime}\t{details.install_age}\t{details.last_crash}\t"
            f"{details.hang_id}\t{details.hang_type}\t{flash}\t{rate}\t{MARK}\t"
            f"{{{signature.json}{modules}, {machine.json}}}\n"
        )

    def _time(self, second: int) -> str:
        if 0 <= second < DAY_SECONDS:
            return f"{self._dates[1]} {_CLOCK[second]}"
        return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(self._midnight + second))
