"""Settings of the processor."""

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from processor.builder import Builder, Building
from processor.child import Limits
from processor.indexed import IndexedWalker, Indexes
from processor.stackwalk import Walker, Walks
from processor.symbols import SymbolWalker
from socorro.config import ServerConfig, load
from socorro.symbols.config import ProcessorSymbolsConfig, SymbolsConfig, folders
from socorro.symbols.servers import open_servers
from socorro.symbols.store import SymbolStore


class ProcessorConfig(ProcessorSymbolsConfig, ServerConfig):
    """What the processor may be told, by environment or the table [processor]."""

    table = "processor"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_PROCESSOR_")

    port: int = Field(8887, description="Port of health and metrics")
    processes: int = Field(
        default_factory=lambda: len(os.sched_getaffinity(0)),
        ge=1,
        description="Processes that work; as many as there are processors when not set",
    )
    threads: int = Field(2, ge=1, le=64, description="Crashes that each process works on at once")
    batch: int = Field(2, ge=1, le=100, description="Jobs that a thread claims at once")
    lease_seconds: float = Field(
        600, ge=1, description="A job that is not done by then is given to somebody else"
    )
    attempts: int = Field(5, ge=1, description="Attempts before a job is set aside as failed")
    poll_seconds: float = Field(
        5, gt=0, description="Look for jobs so often, besides being woken by Postgres"
    )
    stop_seconds: float = Field(
        15, ge=0, description="On SIGTERM, wait so long for crashes that are under way"
    )
    walker: str = Field(
        "minidump-stackwalk", description="Stack walker: a path, or a program to be found on PATH"
    )
    walker_kind: Literal["auto", "json", "pipe"] = Field(
        "auto",
        description="What it prints: json (rust-minidump) or pipe (Breakpad); auto finds out",
    )
    index_seconds: float = Field(
        1, gt=0, description="How often the builder looks for symbol files that walks missed"
    )
    index_walk_memory: int = Field(
        2**29,
        ge=2**26,
        description="Address space of a walk over indexes, bytes; a walk that needs more because"
        " an index is missing is done again by the plain walker, with walk_memory",
    )
    index_build_memory: int = Field(
        6 * 2**30,
        ge=2**26,
        description="Address space of making one index, bytes: up to 4.5 times the symbol file",
    )
    index_build_seconds: float = Field(600, gt=0, description="Longest making of one index")
    signature_style: Literal["default", "trusting", "2012"] = Field(
        "default",
        description="How signatures are made: default; trusting (frames found by scanning the"
        " stack are believed like others); 2012 (with parameters and template arguments)",
    )
    walk_seconds: float = Field(120, gt=0, description="Longest walk of one dump")
    walk_memory: int = Field(
        4 * 2**30,
        ge=2**26,
        description="Address space of one walk, bytes; a symbol file needs twice its size and more",
    )
    walk_output: int = Field(64 * 2**20, ge=1, description="Longest output of one walk, bytes")

    @model_validator(mode="after")
    def _lease_outlives_walks(self) -> "ProcessorConfig":
        if self.lease_seconds < 2 * self.walk_seconds:
            raise ValueError("lease_seconds must be at least twice walk_seconds")
        return self

    def make_walker(self) -> Walks:
        """Return what walks dumps as these settings, and those of [symbols], say."""
        shared = load(SymbolsConfig)
        servers = open_servers(shared, self.index_folder)
        stores = (SymbolStore(shared.store, shared.file_bytes), servers.cache.store)
        where = folders(self, shared)
        walker = self._walker(where)
        return SymbolWalker(walker, where, servers if shared.servers else None, stores)

    def make_builder(self) -> Builder | None:
        """Return what makes indexes; None without an index walker."""
        if not self.index_walker:
            return None
        # An index is smaller than its .sym, which takes memory; this keeps a runaway off the disk.
        limits = Limits(
            self.index_build_seconds, self.index_build_memory, 2**20, file=self.index_build_memory
        )
        folder = self.index_folder.absolute()
        program = self._index_walker()
        return Builder(Building(program, folder, self.index_bytes, limits))

    def _index_walker(self) -> str:
        """Return its path as a child finds it, which runs in another folder."""
        return str(Path(shutil.which(self.index_walker) or self.index_walker).absolute())

    def _walker(self, folders: list[Path]) -> Walks:
        limits = Limits(self.walk_seconds, self.walk_memory, self.walk_output)
        plain = Walker(self.walker, self.walker_kind, folders, limits)
        if not self.index_walker:
            return plain
        small = replace(limits, memory=self.index_walk_memory)
        indexes = Indexes(self._index_walker(), self.index_folder, small)
        return IndexedWalker(plain, indexes)
