"""Starts bqemulator without its DuckDB extension for geography, which would be a download."""

import sys

from bqemulator.cli import main
from bqemulator.storage import engine

next(one for one in vars(engine).values() if hasattr(one, "_load_spatial"))._load_spatial = lambda self: None
sys.exit(main())
