"""Settings of the collector."""

import os
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from socorro.config import ServerConfig, home
from socorro.spool.spool import RESERVE


class CollectorConfig(ServerConfig):
    """What the collector may be told."""

    table: ClassVar[str] = "collector"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_COLLECTOR_")

    port: int = Field(8882, description="Port to listen on")
    spool: Path = Field(
        default_factory=lambda: home() / "spool",
        description="Folder that takes accepted crashes; a local disk, best one of its own",
    )
    secret_file: Path = Field(
        description="File with the secret that crash ids are derived with, 16 bytes at least; "
        "the same for all collectors of a deployment"
    )

    workers: int = Field(
        default_factory=lambda: min(os.cpu_count() or 1, 8),
        ge=1,
        description="Processes; by default one per processor, at most 8",
    )
    threads: int = Field(
        16, ge=1, description="Crashes that one process takes in at once; they share syncs"
    )
    connections: int = Field(
        1000, ge=1, description="Connections per process; slow clients take these, no threads"
    )
    idle_seconds: int = Field(60, ge=1, description="Silence after which a connection is closed")
    upload_seconds: int = Field(
        1800, ge=1, description="Longest time for one upload; older debris is swept from the spool"
    )
    stop_seconds: int = Field(
        10, ge=0, description="Time to finish running uploads when told to stop"
    )

    max_body: int = Field(
        20 * 2**20, ge=1, description="Largest body, as sent and as inflated, bytes; else 413"
    )
    max_annotations: int = Field(
        4 * 2**20, ge=1, description="Largest total of a crash's annotations, bytes; else 413"
    )
    max_annotation: int = Field(
        2**20, ge=1, description="Largest annotation, bytes; a larger one is dropped with a note"
    )
    max_parts: int = Field(1000, ge=1, description="Most parts of a body, else malformed")
    max_dumps: int = Field(16, ge=1, description="Most dumps of a crash, else malformed")

    rules: str = Field(
        "default",
        description="Throttle rules: default, accept_all, or the place of your own table "
        "(package.module.NAME)",
    )
    sampling: Literal["crash", "random"] = Field(
        "crash",
        description="What a rule's share is drawn from: the crash, so that a re-post meets the "
        "same verdict, or chance",
    )

    durable: bool = Field(True, description="Sync to disk before the client is answered")
    sync: Literal["filesystem", "files"] = Field(
        "filesystem",
        description="How to sync: the spool's whole file system at once, or file by file where "
        "others write much to the same file system",
    )
    reserve: int = Field(
        RESERVE, ge=0, description="Bytes that must stay free on the spool's disk; else 503"
    )
