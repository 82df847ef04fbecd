"""Settings of symbols: the table [symbols], shared by processor, REST and commands."""

from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from socorro.config import Settings, home, load
from socorro.redirects import check_listed
from socorro.symbols.index_walker import built, folder


class SymbolsConfig(Settings):
    """Folders of symbols, symbol servers, and limits."""

    table = "symbols"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_SYMBOLS_")

    store: Path = Field(
        default_factory=lambda: home() / "symbols",
        description="Symbols that were added, in Breakpad's layout: debug file/id/name.sym",
    )
    cache: Path = Field(
        default_factory=lambda: home() / "symbols-cache",
        description="Symbols from symbol servers, in the same layout",
    )
    servers: list[str] = Field(
        default_factory=list,
        description='Symbol servers, tried in this order: ["https://symbols.mozilla.org/"]',
    )
    redirect_hosts: list[str] = Field(
        default_factory=list,
        description="Hosts that symbol servers may redirect to, besides one another: host, "
        "host:port, or a network that is not public: "
        '["storage.googleapis.com", "10.1.0.0/16"]',
    )
    file_bytes: int = Field(
        1536 * 2**20, ge=1, description="Largest symbol file, bytes; larger ones are refused"
    )
    cache_bytes: int = Field(
        20 * 2**30, ge=1, description="Size of the cache, bytes; the least recently used go first"
    )
    missing_seconds: float = Field(
        3600, ge=0, description="Wait before a server is asked again for symbols it did not have"
    )
    away_seconds: float = Field(
        60, ge=0, description="Wait before a server that failed is asked again"
    )
    connect_seconds: float = Field(5, gt=0, description="Longest wait for a connection")
    answer_seconds: float = Field(
        15, gt=0, description="Longest wait for the next bytes of a server"
    )
    download_seconds: float = Field(120, gt=0, description="Longest download of one file")
    fetch_seconds: float = Field(
        180, gt=0, description="Longest wait for all missing symbols of one crash"
    )
    fetch_modules: int = Field(
        500, ge=1, description="Maximum number of modules of one crash to request from servers"
    )
    connections: int = Field(4, ge=1, le=64, description="Concurrent downloads per crash")
    upload_bytes: int = Field(
        1024 * 2**20, ge=1, description="Largest upload (POST /api/Symbols/), bytes"
    )
    upload_user_bytes: int = Field(
        50 * 2**30, ge=1, description="Bytes that one user may upload in a day (UTC)"
    )
    upload_day_bytes: int = Field(
        200 * 2**30, ge=1, description="Bytes that all users together may upload in a day (UTC)"
    )
    store_bytes: int = Field(
        2**40, ge=1, description="Size of the store, bytes; uploads beyond are refused"
    )
    reserve: int = Field(
        2**30,
        ge=0,
        description="Bytes that uploads leave free on the disk of the store, which the spool may"
        " be on, too",
    )
    unpacked_bytes: int = Field(
        8 * 2**30, ge=1, description="Largest unpacked size of all members of a zip, bytes"
    )
    zip_members: int = Field(10_000, ge=1, description="Maximum number of members of a zip")

    _are_hosts = field_validator("redirect_hosts")(check_listed)

    @field_validator("servers")
    @classmethod
    def _are_urls(cls, urls: list[str]) -> list[str]:
        for url in urls:
            if not url.startswith(("http://", "https://")):
                raise ValueError(f"{url} does not begin with http:// or https://")
        return urls


class ProcessorSymbolsConfig(Settings):
    """Symbols and indexes of the processor.

    Commands that add symbols, or look for missing ones, read these settings, too.
    """

    table = "processor"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_PROCESSOR_")

    symbols: list[Path] = Field(
        default_factory=list,
        description="More folders with symbols, searched before the store and cache of the table"
        ' [symbols]: ["/srv/symbols"]',
    )
    index_walker: str = Field(
        default_factory=built,
        description="Path of the index walker, which makes walks with symbols fast; empty: none."
        " By default the one that `make walker` built",
    )
    index_folder: Path = Field(
        default_factory=folder,
        description="Folder of the indexes; a local disk",
    )
    index_bytes: int = Field(
        20 * 10**9, ge=0, description="Size of all indexes, bytes; the least recently used go first"
    )


def folders(
    own: ProcessorSymbolsConfig | None = None, shared: SymbolsConfig | None = None
) -> list[Path]:
    """Return all folders with symbols, in the order in which walks search them."""
    own, shared = own or load(ProcessorSymbolsConfig), shared or load(SymbolsConfig)
    return list(dict.fromkeys([*own.symbols, shared.store, shared.cache]))
