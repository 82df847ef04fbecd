"""The words of the `socorro` command, one file each."""
