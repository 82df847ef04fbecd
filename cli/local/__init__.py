"""The whole line on one machine: what make run and the tests start."""
