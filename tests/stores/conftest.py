"""Fixtures of the store tests."""

from tests.support.processes import own_server, server, spawn

__all__ = ["own_server", "server", "spawn"]
