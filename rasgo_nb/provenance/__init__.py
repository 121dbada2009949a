"""Where each number of an answer comes from: found in a step's result, made of what was shown, or neither."""

from rasgo_nb.provenance.provenance import How, NumberTrace, Place, Provenance

__all__ = ["How", "NumberTrace", "Place", "Provenance"]
