"""What a call would do, told from its text before it runs. A seat belt and never a sandbox."""

from rasgo_nb.effects.python import effects_of_python
from rasgo_nb.effects.sql import effects_of_sql

__all__ = ["effects_of_python", "effects_of_sql"]
