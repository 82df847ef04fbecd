"""Somebody with a browser's cookies, without the browser."""

import re
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from socorro.serving.health import WsgiApp
from tests.accounts import PASSWORD
from tests.wsgi import Answer, ask


class Visitor:
    """Keeps cookies between requests, and posts forms with the secret that they came with."""

    def __init__(self, app: WsgiApp, **headers: str) -> None:
        self._app, self._headers = app, headers
        self.cookies: dict[str, str] = {}
        self.set_cookies: list[str] = []

    def get(self, address: str, method: str = "GET") -> Answer:
        """Ask for a page."""
        return self._ask(address, method)

    def post(self, address: str, page: str | None = None, **fields: str | list[str]) -> Answer:
        """Send a form that is on *page*, or on the page of that address."""
        secret_field = re.search(
            r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(page or address).text
        )
        secret = {"csrfmiddlewaretoken": secret_field[1]} if secret_field else {}
        return self.send(address, urlencode({**fields, **secret}, doseq=True).encode())

    def send(self, address: str, body: bytes, **headers: str) -> Answer:
        """Post bytes as a form."""
        kind = "application/x-www-form-urlencoded"
        return self._ask(address, "POST", body, CONTENT_TYPE=kind, **headers)

    def sign_in(self, name: str = "ann", password: str = PASSWORD, **fields: str) -> Answer:
        """Fill in the form."""
        return self.post("/login/", name=name, password=password, **fields)

    def _ask(self, address: str, method: str, body: bytes | None = None, **headers: str) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {**self._headers, **headers, "COOKIE": cookies}
        answer = ask(self._app, address, method, body, **sent)
        for line in answer.cookies:
            self.set_cookies.append(line)
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
                if morsel["max-age"] == "0" or not morsel.value:
                    del self.cookies[name]
        return answer
