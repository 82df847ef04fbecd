"""The pages: a Django project with few models."""
