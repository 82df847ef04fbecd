"""The top of a report: one sentence, then the key facts. Reads public fields only."""

from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse

from webapp.crashstats import bug_facts, searchable
from webapp.crashstats.fact import Fact
from webapp.crashstats.reading import Document, duration, mapping, moment, number, text, texts

BUILD_DAYS: Final = 14  # of the page of builds that a report leads to


def sentence(processed: Document) -> str:
    """Return one sentence: what crashed, where and why."""
    program = " ".join(filter(None, (text(processed, "product"), text(processed, "version"))))
    channel, process = text(processed, "release_channel"), text(processed, "process_type")
    system = text(processed, "os_pretty_version") or text(processed, "os_name")
    reason, address = text(processed, "reason"), text(processed, "address")
    uptime = number(processed, "uptime")
    happened = "hung" if text(processed, "report_type") == "hang" else "crashed"
    words = [program or "An unnamed program", f"({channel})" if channel else "", happened]
    if process:
        words.append(f"in its {process} process")
    if system:
        words.append(f"on {system}")
    ending = f", {duration(uptime)} after start" if uptime is not None else ""
    ending += f": {reason}" if reason else ""
    ending += f" at {address}" if reason and address else ""
    ending += " (null pointer)" if text(processed, "crash_address_kind") == "null-pointer" else ""
    return " ".join(filter(None, words)) + ending + "."


def key_facts(processed: Document) -> list[Fact]:
    """Return what identifies the crash; absent facts are left out."""
    model = text(processed, "cpu_info").partition(" | ")[0]  # the number of cores follows
    cpu = " · ".join(filter(None, (text(processed, "cpu_arch"), model)))
    cores = number(processed, "cpu_count")
    crash = mapping(mapping(processed, "json_dump"), "crash_info")
    facts = [
        _plain(processed, "Product", "product"),
        _plain(processed, "Version", "version"),
        Fact("Build", text(processed, "build"), mono=True, link=_builds(processed)),
        _plain(processed, "Channel", "release_channel"),
        _plain(processed, "Process", "process_type"),
        _system(processed),
        Fact("CPU", cpu, note=f"{cores}\N{NO-BREAK SPACE}core{'s' * (cores > 1)}" if cores else ""),
        Fact("Reason", text(processed, "reason"), mono=True, field="reason"),
        bug_facts.access(processed),
        Fact("Instruction", text(crash, "instruction"), mono=True),
        Fact("Assertion", text(crash, "assertion"), mono=True),
        _plain(processed, "Crash message", "moz_crash_reason"),
        _plain(processed, "Abort message", "abort_message"),
        _span(processed, "Uptime", "uptime"),
        _span(processed, "Install age", "install_age"),
        _span(processed, "Last crash", "last_crash", " earlier"),
        _when(processed, "Crashed", "client_crash_date"),
        _when(processed, "Submitted", "submitted_timestamp"),
        _when(processed, "Processed", "completed_datetime"),
        Fact("Hang", _hang(processed)),
        Fact("Hang id", text(processed, "hang_id"), mono=True, field="hang_id"),
        Fact("Sampling", _sampling(processed)),
        _plain(processed, "Distributor", "distributor"),
        *bug_facts.facts(processed),
    ]
    return [_linked(processed, fact) for fact in facts if fact.value or fact.time]


def _linked(processed: Document, fact: Fact) -> Fact:
    if not fact.field:
        return fact
    return fact._replace(link=searchable.address(fact.field, processed.get(fact.field)))


def _builds(processed: Document) -> str:
    """Return the page of builds of this version, for the days up to the crash."""
    program = {name: text(processed, name) for name in ("product", "version")}
    submitted = moment(processed, "submitted_timestamp")
    if not all(program.values()) or submitted is None or not 2000 < submitted.year < 2190:
        return ""
    end = submitted.date() + timedelta(days=1)
    period = {"days": str(BUILD_DAYS), "to": f"{end}"}
    return f"{reverse('builds')}?{urlencode({**program, **period}, errors='replace')}"


def _system(processed: Document) -> Fact:
    system = " ".join(filter(None, (text(processed, "os_name"), text(processed, "os_version"))))
    pretty = text(processed, "os_pretty_version")
    note = system if pretty and pretty != system else ""
    return Fact("System", pretty or system, note=note, field="os_pretty_version" if pretty else "")


def _plain(processed: Document, label: str, key: str) -> Fact:
    return Fact(label, text(processed, key), field=key)


def _span(processed: Document, label: str, key: str, after: str = "") -> Fact:
    seconds = number(processed, key)
    if seconds is None:
        return Fact(label, "")
    return Fact(label, duration(seconds) + after, note=f"{seconds:,} s" if seconds >= 60 else "")


def _when(processed: Document, label: str, key: str) -> Fact:
    return Fact(label, "", time=moment(processed, key))


def _hang(processed: Document) -> str:
    kind = number(processed, "hang_type")
    hung = text(processed, "hang")
    return {-1: "one of a hang pair", 1: f"{hung or 'browser'} hang"}.get(kind or 0, "")


def _sampling(processed: Document) -> str:
    rate = processed.get("throttle_rate")
    if isinstance(rate, int | float) and not isinstance(rate, bool):
        return f"{100 * rate:.3g} %"
    return ""


def processing(processed: Document) -> list[Fact]:
    """Return how the crash was processed: walker, status, time taken."""
    started = moment(processed, "started_datetime")
    ended = moment(processed, "completed_datetime")
    seconds = (ended - started).total_seconds() if started and ended else None
    code = number(processed, "mdsw_return_code")
    facts = [
        Fact("Stack walker", text(processed, "stackwalk_version")),
        Fact("Status", text(processed, "mdsw_status_string"), mono=True),
        Fact("Exit code", "" if code is None else str(code), mono=True),
        Fact("Started", "", time=started),
        Fact("Duration", "" if seconds is None else f"{seconds:.2f} s"),
        Fact("Other dumps", ", ".join(texts(processed, "additional_minidumps")), mono=True),
    ]
    return [fact for fact in facts if fact.value or fact.time]
