"""What runs in a walk host: the small process that confines itself and then starts walkers.

It imports the standard library only, and little of it, because it has to start quickly. Read
`host` first; `processor.confinement` is its other end.
"""
