"""The `socorro` command, on top of everything: it may import all, nothing imports it."""
