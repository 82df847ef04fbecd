"""Backups: what the crash store cannot bring back, in folders that are whole or absent."""
