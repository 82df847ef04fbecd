"""What the services of Socorro share; imports none of them."""

__version__ = "0.1.0"
