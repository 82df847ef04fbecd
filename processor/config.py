"""Settings of the processor."""

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from processor.builder import Builder, BuilderSettings
from processor.child import Limits
from processor.indexed import IndexedWalker, Indexes
from processor.repairing import RepairingWalker
from processor.room import Room
from processor.stackwalk import Walker, Walks
from processor.symbols import SymbolWalker
from socorro.config import PostgresUserConfig, load
from socorro.symbols.config import ProcessorSymbolsConfig, SymbolsConfig, folders
from socorro.symbols.servers import open_servers
from socorro.symbols.store import SymbolStore


class ProcessorConfig(ProcessorSymbolsConfig, PostgresUserConfig):
    """Settings of the processor, from the environment or the table [processor]."""

    table = "processor"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_PROCESSOR_")

    port: int = Field(8887, description="Port of health and metrics")
    processes: int = Field(
        default_factory=lambda: len(os.sched_getaffinity(0)),
        ge=1,
        description="Worker processes; one per CPU when not set",
    )
    threads: int = Field(2, ge=1, le=64, description="Crashes that each process handles at once")
    batch: int = Field(2, ge=1, le=100, description="Jobs that a thread claims at once")
    alive_seconds: float = Field(
        8,
        ge=1,
        description="Length of a lease, which is renewed while its processor lives: the jobs of one"
        " that was killed go to another after this time",
    )
    lease_seconds: float = Field(
        600,
        ge=1,
        description="Longest time that a lease is renewed: a job that is not finished by then goes"
        " to another worker",
    )
    attempts: int = Field(5, ge=1, description="Attempts before a job is marked as failed")
    poll_seconds: float = Field(
        5, gt=0, description="Poll interval for jobs; Postgres also wakes idle workers"
    )
    stop_seconds: float = Field(
        15, ge=0, description="On SIGTERM, time to finish the crashes in progress"
    )
    walker: str = Field(
        "minidump-stackwalk", description="Stack walker: a path, or a program on PATH"
    )
    walker_kind: Literal["auto", "json", "pipe"] = Field(
        "auto",
        description="Output format of the walker: json (rust-minidump) or pipe (Breakpad); auto"
        " detects it",
    )
    walker_reads: list[Path] = Field(
        default_factory=list,
        description="More files and folders that stack walkers may read besides their programs,"
        " the folders of symbols and the system's libraries: what a link in a folder of symbols"
        ' leads to, libraries of a walker elsewhere: ["/opt/walker/lib"]',
    )
    index_seconds: float = Field(
        1, gt=0, description="How often the builder checks for symbol files without an index"
    )
    index_walk_memory: int = Field(
        2**29,
        ge=2**26,
        description="Memory limit (address space) of a walk that uses indexes, bytes. A walk that"
        " needs more, mostly because an index is missing, is repeated by the plain walker with"
        " walk_memory",
    )
    index_build_memory: int = Field(
        6 * 2**30,
        ge=2**26,
        description="Memory limit (address space) for building one index, bytes; it takes up to"
        " 4.5 times the size of the symbol file",
    )
    index_build_seconds: float = Field(600, gt=0, description="Time limit for building one index")
    signature_style: Literal["default", "trusting", "2012"] = Field(
        "default",
        description="How signatures are generated: default; trusting (frames from stack scanning"
        " count like all others); 2012 (with parameters and template arguments, and with messages"
        " of Java exceptions, which may quote users)",
    )
    walk_seconds: float = Field(120, gt=0, description="Time limit of one stack walk")
    walk_memory: int = Field(
        4 * 2**30,
        ge=2**26,
        description="Memory limit (address space) of one stack walk, bytes; loading a symbol file"
        " takes more than twice its size",
    )
    walk_output: int = Field(64 * 2**20, ge=1, description="Output limit of one stack walk, bytes")

    @model_validator(mode="after")
    def _lease_outlives_walks(self) -> "ProcessorConfig":
        if self.lease_seconds < 2 * self.walk_seconds:
            raise ValueError("lease_seconds must be at least twice walk_seconds")
        return self

    def make_walker(self, room: Room | None = None) -> Walks:
        """Return the walker that these settings and those of [symbols] describe.

        *room* is shared by all processes that walk.
        """
        shared = load(SymbolsConfig)
        servers = open_servers(shared, self.index_folder)
        stores = (SymbolStore(shared.store, shared.file_bytes), servers.cache.store)
        symbol_folders = folders(self, shared)
        walker = RepairingWalker(self._walker(symbol_folders, room))
        return SymbolWalker(walker, symbol_folders, servers if shared.servers else None, stores)

    def make_builder(self) -> Builder | None:
        """Return the builder of indexes; None without an index walker."""
        if not self.index_walker:
            return None
        # An index is smaller than its .sym, which has to fit into memory: more is a runaway.
        limits = Limits(
            self.index_build_seconds, self.index_build_memory, 2**20, file=self.index_build_memory
        )
        folder = self.index_folder.absolute()
        program = self._index_walker()
        reads = [*folders(self), *self.walker_reads]
        return Builder(BuilderSettings(program, folder, self.index_bytes, limits, reads))

    def _index_walker(self) -> str:
        """Return an absolute path: the child runs in another folder."""
        return str(Path(shutil.which(self.index_walker) or self.index_walker).absolute())

    def _walker(self, folders: list[Path], room: Room | None) -> Walks:
        limits = Limits(self.walk_seconds, self.walk_memory, self.walk_output)
        plain = Walker(self.walker, self.walker_kind, folders, limits, self.walker_reads, room=room)
        if not self.index_walker:
            return plain
        small = replace(limits, memory=self.index_walk_memory)
        indexes = Indexes(self._index_walker(), self.index_folder, small)
        return IndexedWalker(plain, indexes)
