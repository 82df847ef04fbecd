"""Symbols: the store, symbol servers and their cache, and what comes into them."""
