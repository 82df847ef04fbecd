"""Accepted crashes on local disk, until the crash store has them."""
