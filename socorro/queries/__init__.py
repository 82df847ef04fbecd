"""Every question asked of Postgres by pages, REST and commands."""
