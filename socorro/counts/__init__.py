"""Writes the counts and what is derived from them; `socorro.queries` reads them."""
