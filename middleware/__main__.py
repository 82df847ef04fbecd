"""Starts the REST interface: `python -m middleware`."""

from middleware.app import main

if __name__ == "__main__":
    main()
