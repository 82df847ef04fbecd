"""Keeps raw and processed crashes: one interface, two stores."""
