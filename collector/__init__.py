"""Takes crashes from clients: POST /submit, throttled, spooled, answered with a crash id."""
