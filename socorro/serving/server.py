"""Serves an application over HTTP until the service is told to stop."""

import signal

from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server

from socorro.serving.health import WsgiApp


def serve(
    app: WsgiApp,
    host: str,
    port: int,
    threads: int,
    *,
    max_body: int,
    behind_proxy: bool,
    channel: type[HTTPChannel] = HTTPChannel,
) -> None:
    """Serve *app* until SIGTERM or SIGINT; running requests are finished first.

    A body over *max_body* bytes is refused with 413 before the application is called; *channel* may
    refuse more (`socorro.serving.large_bodies`). The application sees X-Forwarded-For only when a
    proxy of ours writes it.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    server = create_server(
        app,
        host=host,
        port=port,
        threads=threads,
        ident="socorro",  # web.py fails on requests of a server without a name
        max_request_body_size=max_body + 1,  # waitress refuses this size, too
        clear_untrusted_proxy_headers=not behind_proxy,
    )
    # A host name with several addresses gets a server for each, in the map of the main one.
    listening = getattr(server, "map", {}).values() or (server,)
    for listener in (server, *listening):
        if isinstance(listener, BaseWSGIServer):
            listener.channel_class = channel
    server.run()
