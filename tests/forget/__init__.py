"""What `socorro forget` removes, and what it leaves alone."""
