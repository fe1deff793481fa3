"""Agreement of measurements with the truth: arrays and tables in, statistics and plots out. Knows no network."""
