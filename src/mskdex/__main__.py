"""``python -m mskdex``: the command line."""

import sys

from mskdex.cli import main

if __name__ == "__main__":
    sys.exit(main())
