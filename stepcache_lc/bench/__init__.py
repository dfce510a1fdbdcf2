"""The benchmark, the replay of a log, their figures and their report."""
