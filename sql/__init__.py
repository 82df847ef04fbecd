"""The schema: migrations (forward only) and procedures (run again at any time)."""
