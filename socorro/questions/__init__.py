"""Questions about counts, declared once: commands, REST and CSV come from the declaration."""
