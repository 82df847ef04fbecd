"""Whether supervisor answers is asked again after it was asked too early."""

import contextlib
import socket
import threading
import xmlrpc.client
from pathlib import Path

from supervisor.xmlrpc import SupervisorTransport

from cli.local.line import _answers

STATE = xmlrpc.client.dumps(({"statecode": 1, "statename": "RUNNING"},), methodresponse=True)
ANSWER = f"HTTP/1.1 200 OK\r\nContent-Length: {len(STATE)}\r\n\r\n{STATE}".encode()


def test_a_supervisor_whose_socket_is_there_before_it_listens_is_asked_again(
    tmp_path: Path,
) -> None:
    path = tmp_path / "supervisor.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                question = b""
                while b"</methodCall>" not in question:  # head and body come one after the other
                    question += connection.recv(65536)
                connection.sendall(ANSWER)

        transport = SupervisorTransport(serverurl=f"unix://{path}")
        with contextlib.closing(transport):
            rpc = xmlrpc.client.ServerProxy("http://supervisor", transport=transport)

            early = _answers(rpc, path)
            listener.listen()
            thread = threading.Thread(target=serve)
            thread.start()
            later = _answers(rpc, path)

        thread.join(30)
    assert (early, later) == (False, True)
