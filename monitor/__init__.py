"""Queues what waits in the crash store, and watches over the queue."""
