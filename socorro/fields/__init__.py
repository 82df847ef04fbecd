"""The one declaration of every field: what it is, and who may see it."""
