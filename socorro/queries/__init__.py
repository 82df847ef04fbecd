"""What pages, REST and commands read from Postgres. Nothing here writes."""
