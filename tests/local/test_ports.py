import os
import socket
from collections.abc import Iterator

import pytest

from cli.local.ports import Port, PortTaken, check, holder
from cli.local.postgres import free_port


@pytest.fixture(params=[socket.AF_INET, socket.AF_INET6], ids=["IPv4", "IPv6"])
def taken(request: pytest.FixtureRequest) -> Iterator[int]:
    with socket.socket(request.param) as listener:
        listener.bind(("" if request.param == socket.AF_INET else "::", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_free_port_is_fine() -> None:
    check([Port(free_port(), "collector", "SOCORRO_COLLECTOR_PORT")])


def test_a_taken_port_is_named_with_its_holder_and_the_setting(taken: int) -> None:
    with pytest.raises(PortTaken) as caught:
        check([Port(taken, "collector", "SOCORRO_COLLECTOR_PORT")])

    text = str(caught.value)
    assert "\n" not in text
    for word in (
        f"port {taken} ",
        "collector",
        f"process {os.getpid()} ",
        "SOCORRO_COLLECTOR_PORT",
    ):
        assert word in text


def test_two_services_on_one_port_are_told_before_one_of_them_fails() -> None:
    port = free_port()

    with pytest.raises(PortTaken, match=r"collector and for webapp: change SOCORRO_WEBAPP_PORT"):
        check([Port(port, "collector", "A"), Port(port, "webapp", "SOCORRO_WEBAPP_PORT")])


def test_nobody_holds_a_free_port() -> None:
    assert holder(free_port()) is None


def test_a_program_that_closed_a_file_meanwhile_is_seen_to_have_its_port() -> None:
    low = os.open("/dev/null", os.O_RDONLY)
    with socket.create_server(("127.0.0.1", 0)) as server:
        os.close(low)  # the list of descriptors takes its number, and has it closed at its end

        assert holder(server.getsockname()[1]) == os.getpid()
