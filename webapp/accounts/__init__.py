"""Who is signed in: sign-in, profile, tokens."""
