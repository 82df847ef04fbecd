"""The whole line on one machine, as `make run` and the tests start it."""
