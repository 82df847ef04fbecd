"""Search: a query is parsed once (grammar) and answered by one of two engines."""
