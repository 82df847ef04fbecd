"""Reads the health ports of services, side by side and within a deadline."""

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any, Final

import urllib3

from socorro.health.facts import Instance

MOST_BYTES: Final = 100_000
MOST_AT_ONCE: Final = 16
_ANSWERS: Final = (HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE)


def read_ports(addresses: Mapping[str, Iterable[str]], seconds: float) -> list[Instance]:
    """Return the state of each service's addresses; one that is silent for *seconds* is away."""
    pairs = [(service, address) for service, all_of in addresses.items() for address in all_of]
    if not pairs:
        return []
    with ThreadPoolExecutor(min(MOST_AT_ONCE, len(pairs))) as pool:
        return list(pool.map(lambda pair: read_port(pair[0], pair[1], seconds), pairs))


def read_port(service: str, address: str, seconds: float) -> Instance:
    """Return the state of one instance. Raises nothing."""
    try:
        with urllib3.request(
            "GET",
            f"{address.rstrip('/')}/__heartbeat__",
            retries=False,
            redirect=False,
            timeout=urllib3.Timeout(total=seconds),
            preload_content=False,
        ) as response:
            if response.status not in _ANSWERS:
                error = f"answers {response.status} to /__heartbeat__"
                return Instance(service, address, False, error=error)
            document = json.loads(response.read(MOST_BYTES))
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        return Instance(service, address, False, error=_text(error))
    return _instance(service, address, document)


def _instance(service: str, address: str, document: Any) -> Instance:
    if not isinstance(document, dict) or not isinstance(document.get("errors"), list):
        return Instance(service, address, False, error="its heartbeat is not one of Socorro's")
    failed = tuple(str(one.get("name")) for one in document["errors"] if isinstance(one, dict))
    facts = {name: value for name, value in document.items() if name != "errors"}
    return Instance(service, address, True, failed, facts)


def _text(error: Exception) -> str:
    if isinstance(error, urllib3.exceptions.NewConnectionError):  # one of the timeouts, by class
        return "no connection"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return "no answer in time"
    return type(error).__name__
