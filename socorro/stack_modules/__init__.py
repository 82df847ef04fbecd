"""Modules on the stacks of crashes: which are of another build, and which look suspicious."""
