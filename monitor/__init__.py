"""Queues crashes that wait in the crash store, and watches over the queue."""
