"""The clock: jobs that are due by the hour, day or week, each with what it needs."""
