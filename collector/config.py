"""Settings of the collector."""

import os
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from socorro.config import ServerConfig
from socorro.spool.config import SpoolConfig


class CollectorConfig(ServerConfig, SpoolConfig):
    """Settings of the collector, from the environment or the table [collector]."""

    table: ClassVar[str] = "collector"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_COLLECTOR_")

    port: int = Field(8882, description="Port to listen on")
    secret_file: Path = Field(
        description="File with the secret from which crash ids are derived, at least 16 bytes; the "
        "same for all collectors of a deployment"
    )

    workers: int = Field(
        default_factory=lambda: min(os.cpu_count() or 1, 8),
        ge=1,
        description="Worker processes; by default one per CPU, at most 8",
    )
    threads: int = Field(
        2,
        ge=1,
        description="Threads of one process that read and write crashes; crashes that wait for "
        "their sync take none",
    )
    connections: int = Field(
        1000,
        ge=1,
        description="Most connections per process; slow clients take one each, but no thread",
    )
    https: bool = Field(
        False, description="Clients use https (through a proxy): tell browsers so (HSTS)"
    )
    idle_seconds: int = Field(60, ge=1, description="Close a connection after this much silence")
    upload_seconds: int = Field(
        1800,
        ge=1,
        description="Longest time for one upload; older leftovers are removed from the spool",
    )
    stop_seconds: int = Field(10, ge=0, description="Time to finish running uploads on shutdown")

    max_body: int = Field(
        20 * 2**20,
        ge=1,
        description="Largest body in bytes, as sent and as inflated, and largest total of its "
        "dumps, as inflated; more is answered with 413",
    )
    max_annotations: int = Field(
        4 * 2**20,
        ge=1,
        description="Largest total of a crash's annotations in bytes; more is answered with 413",
    )
    max_annotation: int = Field(
        2**20, ge=1, description="Largest annotation in bytes; a larger one is dropped with a note"
    )
    max_parts: int = Field(
        1000, ge=1, description="Maximum number of multipart parts; more is answered with 400"
    )
    max_dumps: int = Field(
        16, ge=1, description="Maximum number of dumps per crash; more is answered with 400"
    )

    rules: str = Field(
        "default",
        description="Throttle rules: default, accept_all, or the import path of your own table "
        "(package.module.NAME)",
    )
    sampling: Literal["crash", "random"] = Field(
        "crash",
        description="How a rule's share is drawn: from the crash, so that posting it again gives "
        "the same verdict, or at random",
    )

    durable: bool = Field(True, description="Sync to disk before answering the client")
    sync: Literal["filesystem", "files"] = Field(
        "filesystem",
        description="How to sync: the spool's whole file system at once, or file by file, for a "
        "file system to which other programs write a lot",
    )
