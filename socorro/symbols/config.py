"""Settings of symbols: the table [symbols]. Processor, REST and commands read the same ones."""

from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from socorro.config import Settings, home, load
from socorro.symbols.index_walker import built, folder


class SymbolsConfig(Settings):
    """Where symbols lie, which servers have more, and how much of all that is kept."""

    table = "symbols"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_SYMBOLS_")

    store: Path = Field(
        default_factory=lambda: home() / "symbols",
        description="Symbols that were added, laid out as Breakpad does: debug file/id/name.sym",
    )
    cache: Path = Field(
        default_factory=lambda: home() / "symbols-cache",
        description="Symbols that symbol servers sent, laid out the same",
    )
    servers: list[str] = Field(
        default_factory=list,
        description='Symbol servers, asked in this order: ["https://symbols.mozilla.org/"]',
    )
    file_bytes: int = Field(
        1536 * 2**20, ge=1, description="Largest symbol file that is taken, bytes"
    )
    cache_bytes: int = Field(
        20 * 2**30, ge=1, description="Size of the cache, bytes; least recently used goes first"
    )
    missing_seconds: float = Field(
        3600, ge=0, description="A server that has no symbols of a module is asked again after this"
    )
    away_seconds: float = Field(
        60, ge=0, description="A server that did not answer as it should is asked again after this"
    )
    connect_seconds: float = Field(5, gt=0, description="Longest wait for a connection")
    answer_seconds: float = Field(
        15, gt=0, description="Longest silence of a server that is connected"
    )
    download_seconds: float = Field(120, gt=0, description="Longest download of one file")
    fetch_seconds: float = Field(
        180, gt=0, description="Longest wait for all symbols that one crash lacks"
    )
    fetch_modules: int = Field(
        500, ge=1, description="Most modules of one crash that servers are asked for"
    )
    connections: int = Field(4, ge=1, le=64, description="Downloads at once, of each crash")
    upload_bytes: int = Field(
        1024 * 2**20, ge=1, description="Largest upload (POST /api/Symbols/), bytes"
    )
    unpacked_bytes: int = Field(
        8 * 2**30, ge=1, description="Most that the members of one zip may come to, bytes"
    )
    zip_members: int = Field(10_000, ge=1, description="Most members of one zip")

    @field_validator("servers")
    @classmethod
    def _are_urls(cls, urls: list[str]) -> list[str]:
        for url in urls:
            if not url.startswith(("http://", "https://")):
                raise ValueError(f"{url} does not begin with http:// or https://")
        return urls


class ProcessorSymbolsConfig(Settings):
    """Where the processor looks for symbols, and its indexes of them.

    Those who add symbols, or look for missing ones, read these settings of the processor too.
    """

    table = "processor"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_PROCESSOR_")

    symbols: list[Path] = Field(
        default_factory=list,
        description="More folders with symbols, looked into before the store of the table [symbols]"
        ' and its cache: ["/srv/symbols"]',
    )
    index_walker: str = Field(
        default_factory=built,
        description="The index walker, which makes walks with symbols cheap: a path, or empty to do"
        " without; the one that `make walker` built when not set",
    )
    index_folder: Path = Field(
        default_factory=folder,
        description="Folder of the indexes; a local disk",
    )
    index_bytes: int = Field(
        20 * 10**9, ge=0, description="Most that indexes may take; those unused for longest go"
    )


def folders(
    own: ProcessorSymbolsConfig | None = None, shared: SymbolsConfig | None = None
) -> list[Path]:
    """Return all folders in which walks look for symbols, the first ones first."""
    own, shared = own or load(ProcessorSymbolsConfig), shared or load(SymbolsConfig)
    return list(dict.fromkeys([*own.symbols, shared.store, shared.cache]))
