"""Signatures: the name of the bucket that a crash belongs to, made from its stack. Pure."""
