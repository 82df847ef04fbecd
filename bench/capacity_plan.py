"""From crashes a minute to machines, disks and what incidents do. Pure: figures in, a plan out."""

import math
from dataclasses import dataclass, field
from typing import Final, Literal

from bench.capacity_day import Capacity, Incident, Outcome, Stages, go_through
from bench.capacity_figures import Costs, Load, Machine

Store = Literal["file", "hbase"]
DAY_MINUTES: Final = 24 * 60
TB: Final = 10**12


@dataclass(frozen=True)
class Site:
    """What a site takes: *rate* posts in the busiest minute, of which *share* are processed."""

    rate: float
    share: float = 1.0
    costs: Costs = field(default_factory=Costs)
    load: Load = field(default_factory=Load)
    machine: Machine = field(default_factory=Machine)

    @property
    def a_day(self) -> float:
        """Posts of an ordinary day."""
        return self.rate / self.load.peak_to_mean * DAY_MINUTES

    @property
    def busy(self) -> float:
        """Posts in the busiest minute of a bad release day."""
        return self.rate * self.load.release_day

    @property
    def burst(self) -> float:
        """Posts a minute while something explodes then."""
        return self.busy * self.load.explosion

    def cores(self, rate: float, milliseconds: float) -> float:
        """Cores that *rate* crashes a minute keep busy."""
        return rate / 60 * milliseconds / 1000


@dataclass(frozen=True)
class Role:
    """Machines of one kind; *reason* says what their number follows from."""

    name: str
    machines: int
    spare: int
    cores_busy: float
    reason: str


@dataclass(frozen=True)
class Disks:
    """Bytes that are kept, each once; *spool* is that of an outage of the store, all machines."""

    store: float
    postgres: float
    postgres_week: float
    search: float
    extracts: float
    spool: float


@dataclass(frozen=True)
class Plan:
    """The answer for a site."""

    site: Site
    store: Store
    roles: tuple[Role, ...]
    disks: Disks
    incidents: dict[str, Outcome]

    @property
    def machines(self) -> int:
        """All machines, with spares."""
        return sum(role.machines + role.spare for role in self.roles)


def plan(site: Site, store: Store | None = None) -> Plan:
    """Return the plan; without *store*, files as long as one machine can hold the line."""
    chosen: Store = store or ("file" if fits_one_machine(site) else "hbase")
    roles = one_machine(site) if chosen == "file" else cluster(site)
    outcomes = {
        incident.name: go_through(incident, stages(site, chosen), site.busy, site.load.peak_to_mean)
        for incident in incidents(site)
    }
    spool = max(outcome.spool for outcome in outcomes.values()) * site.costs.body
    return Plan(site, chosen, roles, disks(site, spool), outcomes)


def incidents(site: Site) -> tuple[Incident, ...]:
    """Return what the plan is tried with, each on a bad release day."""
    away = round(site.load.away)
    return (
        Incident("explosion", 60, factor=site.load.explosion),
        Incident("processors away", away, processors_away=True),
        Incident("store away", away, store_away=True),
    )


# What crashes cost


def counting_cores(site: Site) -> float:
    """Cores of Postgres for counts: each run reads the hour so far, half of it on average."""
    hour = site.busy * site.share * 60
    runs = 3600 / site.machine.count_every
    read = hour / 2 * site.costs.count_read * runs
    return (read + hour * (site.costs.count_new + site.costs.derive)) / 1000 / 3600


def mover_cost(site: Site, store: Store) -> float:
    """Milliseconds of the crashmover for one crash."""
    extra = site.costs.hbase_client * site.costs.hbase_client_mover if store == "hbase" else 0.0
    return site.costs.crashmover + extra


def processor_cost(site: Site, store: Store) -> float:
    """Milliseconds of the processor for one crash."""
    more = site.costs.hbase_client * (1 - site.costs.hbase_client_mover)
    return site.costs.processor + (more if store == "hbase" else 0.0)


def line_cost(site: Site, store: Store) -> float:
    """Milliseconds of all services for one crash, with HBase's own where it is the store."""
    costs = site.costs
    own = costs.collector + mover_cost(site, store) + processor_cost(site, store)
    return own + costs.postgres + costs.others + (costs.hbase if store == "hbase" else 0.0)


def postgres_cores(site: Site, rate: float) -> float:
    """Cores of Postgres at *rate* posts a minute."""
    return site.cores(rate * site.share, site.costs.postgres) + counting_cores(site)


# Machines


def needed(site: Site, cores: float, use: float) -> int:
    """Machines that have *cores* when they use no more than *use* of theirs, at least one."""
    return max(1, math.ceil(cores / (site.machine.cores * use) - 1e-9))


def line_cores(site: Site) -> float:
    """Cores of a whole line on one machine, at the peak of a bad release day."""
    costs = site.costs
    front = site.cores(site.busy, costs.collector + costs.crashmover)
    back = site.cores(site.busy * site.share, costs.processor + costs.others + costs.extract)
    return front + back + postgres_cores(site, site.busy)


def fits_one_machine(site: Site) -> bool:
    """Whether one machine has the cores, the spool disk and the disks for all of it."""
    machine, costs = site.machine, site.costs
    kept = disks(site, 0.0)
    disk = kept.store + kept.postgres + kept.search + kept.extracts
    explosion = site.cores(site.burst, costs.collector + costs.crashmover)
    return (
        line_cores(site) <= machine.cores * machine.use
        and explosion <= machine.cores * machine.catch_up
        and site.burst / 60 <= machine.sync
        and disk <= machine.disk * TB * machine.disk_use
    )


def one_machine(site: Site) -> tuple[Role, ...]:
    """A line on one machine, and a second one that takes over from its backup."""
    return (Role("everything, crashes as files", 1, 1, line_cores(site), "cores"),)


def cluster(site: Site) -> tuple[Role, ...]:
    """Machines by role, crashes in HBase."""
    web = Role("pages, REST, clock", 1, 1, site.cores(site.busy, site.costs.extract), "a spare")
    return (
        fronts(site), processors(site), postgres(site), *region_servers(site), web, *search(site),
    )  # fmt: skip


def fronts(site: Site) -> Role:
    """Collectors and crashmovers: they take an explosion as it comes, for nothing waits there."""
    cost = site.costs.collector + mover_cost(site, "hbase")
    usual, burst = site.cores(site.busy, cost), site.cores(site.burst, cost)
    by_cores = max(
        needed(site, usual, site.machine.use), needed(site, burst, site.machine.catch_up)
    )
    by_disk = math.ceil(site.burst / 60 / site.machine.sync)
    reason = "syncs in an explosion" if by_disk > by_cores else "cores in an explosion"
    return Role("collector, crashmover, spool", max(by_cores, by_disk), 1, usual, reason)


def processors(site: Site) -> Role:
    """Processors and monitor: they may be late in an explosion, and catch up."""
    cost = processor_cost(site, "hbase") + site.costs.others
    cores = site.cores(site.busy * site.share, cost)
    return Role(
        "processor, monitor", needed(site, cores, site.machine.use), 1, cores, "cores at the peak"
    )


def postgres(site: Site) -> Role:
    """One primary, whose spare is a standby; it does not grow by adding machines."""
    cores = postgres_cores(site, site.busy)
    return Role("Postgres", 1, 1, cores, "one primary, one standby")


def region_servers(site: Site) -> tuple[Role, Role]:
    """HBase, by whichever is most: disks, regions of a server, cores."""
    machine, bytes_kept = site.machine, disks(site, 0.0).store
    cores = site.cores(site.busy, site.costs.hbase)
    counts = {
        "disks": math.ceil(bytes_kept * machine.replicas / (machine.disk * TB * machine.disk_use)),
        "regions": math.ceil(regions(site) / machine.regions),
        "copies": int(machine.replicas),
        "cores": needed(site, cores, machine.use),
    }
    reason = max(counts, key=lambda name: counts[name])
    servers = Role("HBase region server, gateway", counts[reason], 1, cores, reason)
    return servers, Role("HBase masters, ZooKeeper", int(machine.masters), 0, 0.0, "a majority")


def regions(site: Site) -> int:
    """Regions of the table of crashes: at least one for each first digit."""
    kept = disks(site, 0.0).store / (site.machine.region * 10**9)
    return max(int(site.machine.salt), math.ceil(kept))


def fits_segments(site: Site) -> bool:
    """Whether a week is no more than column files were measured with."""
    return site.a_day * 7 * site.share <= site.machine.search_week * 1e6


def search(site: Site) -> tuple[Role, ...]:
    """Elasticsearch, where column files on the machine of the pages do not do."""
    if fits_segments(site):
        return ()
    node = site.machine.disk * TB * site.machine.disk_use
    nodes = max(2, math.ceil(disks(site, 0.0).search * 2 / node))
    return (Role("Elasticsearch", nodes, 1, 0.0, "disks, two copies"),)


# Disks


def disks(site: Site, spool: float) -> Disks:
    """Return what is kept after the longest retention; *spool* in bytes."""
    costs, load = site.costs, site.load
    day = site.a_day * site.share
    kept, personal = load.crash_weeks * 7, load.personal_weeks * 7
    deferred = site.a_day * (1 - site.share) * load.deferred_weeks * 7
    document = costs.segments if fits_segments(site) else costs.document
    return Disks(
        store=day * kept * (costs.body + costs.processed) + deferred * costs.body,
        postgres=day * (kept * (costs.reports + costs.tables) + personal * costs.personal
                        + load.counts_years * 365 * costs.kept_counts),
        postgres_week=day * 7 * (costs.reports + costs.tables + costs.personal),
        search=day * kept * document,
        extracts=day * (kept * costs.public_extract + personal * costs.private_extract),
        spool=spool,
    )  # fmt: skip


# Memory, GB, without the page cache


def front_memory(site: Site) -> float:
    """A machine with collector and crashmover: a worker for each core, at most eight."""
    workers = min(8, site.machine.cores) * site.machine.worker
    return (workers + site.machine.process) / 1000


def processor_memory(site: Site) -> float:
    """A machine with processors: one process for each core, with its walks."""
    machine = site.machine
    process = machine.process + machine.walks * machine.walk
    return (machine.cores * process + machine.index) / 1000


def web_memory(site: Site) -> float:
    """A machine with pages, REST and clock; searches of column files are in the processes."""
    return site.machine.pages + (2 * site.machine.queries if fits_segments(site) else 0.0)


# What a line can do in a minute


def stages(site: Site, store: Store) -> Stages:
    """Return the capacity of each stage, with one machine of each role broken."""
    machine = site.machine
    if store == "file":
        return _stages_of_one_machine(site)
    front_cores = fronts(site).machines * machine.cores * machine.catch_up
    back_cores = processors(site).machines * machine.cores * machine.catch_up
    back_cost = processor_cost(site, "hbase") + site.costs.others

    def movers(posts: float) -> float:
        left = front_cores - site.cores(posts, site.costs.collector)
        return max(0.0, left) * 60_000 / mover_cost(site, "hbase")

    return Stages(movers, _constant(back_cores * 60_000 / back_cost), site.share)


def _constant(value: float) -> Capacity:
    return lambda _posts: value


def _stages_of_one_machine(site: Site) -> Stages:
    """Collectors take cores first, crashmovers next: a post waits for nothing behind it."""
    costs = site.costs
    cores = site.machine.cores * site.machine.catch_up - counting_cores(site)
    back = costs.processor + costs.others + costs.postgres + costs.extract

    def movers(posts: float) -> float:
        return max(0.0, cores - site.cores(posts, costs.collector)) * 60_000 / costs.crashmover

    def processors_left(posts: float) -> float:
        front = site.cores(posts, costs.collector + costs.crashmover)
        return max(0.0, cores - front) * 60_000 / back

    return Stages(movers, processors_left, site.share)
