"""The rules of the processor: pure functions with declared reads and writes."""
