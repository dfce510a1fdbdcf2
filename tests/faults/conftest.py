"""Fixtures of the fault tests."""

from tests.support.processes import own_server, spawn

__all__ = ["own_server", "spawn"]
