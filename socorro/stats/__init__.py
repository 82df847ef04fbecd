"""Statistics: pure functions, each with the method that it follows."""
