"""`python -m stepcache_lc` is the command line `stepcache`."""

from stepcache_lc.cli import main

if __name__ == "__main__":
    main()
