"""``python -m rasgo_nb``."""

from rasgo_nb.cli import main

raise SystemExit(main())
