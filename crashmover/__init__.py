"""Carries spooled crashes into the crash store."""
