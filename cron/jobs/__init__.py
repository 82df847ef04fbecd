"""The jobs, one per file; cron/table.py is their table of contents."""
