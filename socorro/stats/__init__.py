"""Statistics: pure functions, each with its method."""
