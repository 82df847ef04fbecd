"""The clock: jobs that run by the minute, hour, day or week, in the order of their needs."""
