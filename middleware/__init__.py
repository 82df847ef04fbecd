"""The REST interface: /api/<Resource>/."""
