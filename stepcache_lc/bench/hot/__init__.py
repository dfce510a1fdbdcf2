"""What the cache costs on its hot paths: ratios to the plainest thing that could stand there, measured in one run."""
