"""Frankeninstalls: how many installs crash with modules of two builds, and in which signatures."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from socorro.postgres import Connection
from socorro.queries import stack_modules as query
from socorro.queries.stack_modules import Channel, Mix
from socorro.questions import columns, parameters, scans
from socorro.questions.interface import Answer, Note, Question, Unknown
from socorro.questions.words import percent, plural
from socorro.stats.proportion import share_of

KIND: Final = "frankeninstalls"
MOST_NAMED: Final = 20  # channels that an error lists
MOST_CHANNELS: Final = 5  # that have a sentence


def answer(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return signatures with mixed installs, most first."""
    product = scans.product_of(db, values)
    scan = query.scan(db, KIND, values["day"])
    if scan is None:
        last = query.scan(db, KIND)
        return Answer("Mixed builds", [], notes=[scans.no_scan(last, KIND, values["day"])])
    channels = query.channels(db, scan.day, product, values["channel"])
    if values["channel"] and not channels:
        raise Unknown("channel", _other_channels(db, scan, product, values["channel"]))
    mixes = query.mixes(
        db, scan.day, product, values["channel"], values["signature"],
        most=values["limit"], skip=values["offset"],
    )  # fmt: skip
    sentences = [Note("mixed", text) for text in _sentences(channels, mixes)]
    evidence = [Note("why", _evidence(mix)) for mix in mixes] if values["why"] else []
    return Answer(
        title=f"Mixed builds: {product or 'all products'}, {scan.first_day} to {scan.day}",
        rows=[_row(mix) for mix in mixes],
        about=scans.about(scan, product) | {"channels": [_channel(one) for one in channels]},
        notes=[*sentences, *evidence, *scans.notes_of(scan)],
    )


def _other_channels(db: Connection, scan: query.Scan, product: str | None, channel: str) -> str:
    names = sorted({one.release_channel for one in query.channels(db, scan.day, product)})
    listed = ", ".join(names[:MOST_NAMED])
    return f"no crashes of channel {channel!r} in the scan of {scan.day} (channels: {listed})"


def _sentences(channels: Sequence[Channel], mixes: Sequence[Mix]) -> Iterator[str]:
    if not channels:
        yield "no crashes with modules on their stacks"
        return
    mixed = [one for one in channels if one.mixed_installs]
    for one in mixed[:MOST_CHANNELS]:
        yield (
            f"{one.product} {one.release_channel}: {_of(one.mixed_installs, one.installs)} of the "
            f"installs that crashed mix modules of two builds ({one.mixed_installs:,} of "
            f"{one.installs:,}, 95 % interval {_interval(one.mixed_installs, one.installs)})"
        )
    if len(mixed) > MOST_CHANNELS:
        yield f"and on {plural(len(mixed) - MOST_CHANNELS, 'more channel')}"
    if not mixed:
        installs = sum(one.installs for one in channels)
        yield f"no mixed builds in {plural(installs, 'install')} that crashed"
    elif mixes and mixes[0].signature:
        first = mixes[0]
        yield (
            f"{_of(first.mixed_installs, first.installs)} of the installs of {first.signature} are"
            f" mixed ({first.mixed_installs:,} of {first.installs:,})"
        )


def _evidence(mix: Mix) -> str:
    owner = (
        "no crash shows the build that it is of"
        if mix.of_build is None
        else f"build {mix.of_build} has it in {percent(mix.owner_share or 0)}"
    )
    rule = {
        "symbols": "the build's own module has symbols, and is another one",
        "share": "another build has it at least five times as often",
    }[mix.rule]
    vendor = (
        f"; {mix.distribution_installs:,} of {mix.module_installs:,} are of the distribution"
        f" {mix.distribution}"
        if mix.distribution
        else ""
    )
    return (
        f"{mix.signature}: {mix.filename} {mix.debug_id} in {mix.product} build {mix.build_id},"
        f" {mix.os_name}: {percent(mix.share)} of the build's installs with this file,"
        f" {plural(mix.module_installs, 'install')}; {owner}. Rule: {rule}{vendor}."
    )


def _of(events: int, total: int) -> str:
    return percent(share_of(events, total).share)


def _interval(events: int, total: int) -> str:
    share = share_of(events, total)
    return f"{share.low * 100:.1f} to {share.high * 100:.1f} %"


def _channel(one: Channel) -> dict[str, object]:
    share = share_of(one.mixed_installs, one.installs)
    return one._asdict() | {
        "percent": share.share * 100, "low": share.low * 100, "high": share.high * 100,
    }  # fmt: skip


def _row(mix: Mix) -> list[Any]:
    share = share_of(mix.mixed_installs, mix.installs)
    values = mix._asdict() | {
        "percent": share.share * 100,
        "low": share.low * 100,
        "high": share.high * 100,
        "module_percent": mix.share * 100,
        "owner_percent": None if mix.owner_share is None else mix.owner_share * 100,
    }
    return [values[column.name] for column in COLUMNS]


COLUMNS = (
    columns.count("mixed_installs", "Installs of the signature with a module of another build"),
    columns.count("installs", "Installs of the signature whose stack names modules"),
    columns.number("percent", "Mixed installs, percent"),
    columns.number("low", "Lower end of its 95 % interval"),
    columns.number("high", "Upper end of its 95 % interval"),
    columns.count("mixed_crashes", "Crashes of the mixed installs"),
    columns.count("crashes", "Crashes of the signature whose stack names modules"),
    columns.text("signature", "Signature"),
    columns.text("release_channel", "Release channel"),
    columns.text("product", "Product"),
    columns.text("build_id", "Build that crashed, of its commonest mix"),
    columns.text("filename", "Module of another build"),
    columns.text("debug_id", "Debug id of the module"),
    columns.text("of_build", "Build that the module is of; null: no crash shows it", nullable=True),
    columns.text("rule", "symbols (of the build's own module) or share (in another build)"),
    columns.text("os_name", "Operating system"),
    columns.number("module_percent", "Share of the build's installs with the module, percent"),
    columns.number("owner_percent", "The same in the build that it is of", nullable=True),
    columns.count("module_installs", "Installs of the build with the module, all signatures"),
    columns.text("distribution", "Commonest distribution of these installs", nullable=True),
    columns.count("distribution_installs", "How many of them are of that distribution"),
)
QUESTION = Question(
    name="Frankeninstalls",
    command=KIND,
    summary="Installs that crash with modules of two builds",
    description=(
        "An update that was cut short leaves files of two builds. Their crashes look like a bug of "
        "the newer one. Each night the last seven days are scanned. docs/statistics.md says how a "
        "module of another build is recognised, and what cannot be seen."
    ),
    parameters=(
        parameters.PRODUCT_OR_ALL,
        parameters.text("channel", "Release channel as clients send it"),
        parameters.text("signature", "One signature only"),
        parameters.day("day", "Last day of the scan, UTC; default: of the last scan"),
        parameters.EXPLAIN,
        parameters.limit(50, "signatures"),
        parameters.OFFSET,
    ),
    columns=COLUMNS,
    answer=answer,
)
