"""The page of one signature: what it is, who has it, since when, and whether it is known."""
