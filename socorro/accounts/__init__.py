"""Users, their passwords, permissions and tokens."""
