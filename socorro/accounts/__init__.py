"""Who may sign in or send a token, and what they may do."""
