"""What crashed, in one line: signatures from stacks. Pure."""
