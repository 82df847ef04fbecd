"""Visitors with an account: sign-in, profile, tokens."""
