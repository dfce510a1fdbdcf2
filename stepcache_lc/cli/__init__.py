"""The command line, `stepcache`: look into a store, look after it, measure, replay a log.

Exit codes:
    0  done
    1  done, and there is something to look at: a wrong answer was served, an entry was not found, `replay --strict`
    2  the command line, a file or a log is wrong
    3  the store cannot be used: it is not there, it is open elsewhere, it is of another version, its server is silent
    4  an optional dependency is not installed; the message names the extra
    130  stopped by the user
"""

from __future__ import annotations

from stepcache_lc.cli.commands import app


def main() -> None:
    """Run the command line of this process."""
    app()


__all__ = ["app", "main"]
