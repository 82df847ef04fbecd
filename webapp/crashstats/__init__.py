"""The crash pages of the webapp."""
