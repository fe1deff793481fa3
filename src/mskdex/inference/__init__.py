"""One radiograph in, measurements out: maps, sums, visibility, gate, intervals. Knows no torch and no files."""
