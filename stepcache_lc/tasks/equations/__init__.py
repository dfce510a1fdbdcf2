"""Equations: requests to solve one, and worked answers that are checked step by step."""

from stepcache_lc.tasks.equations.task import EquationTask

__all__ = ["EquationTask"]
