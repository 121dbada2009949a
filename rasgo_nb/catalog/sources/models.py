"""The semantic models that a warehouse itself holds, as facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.catalog.sources.snowflake_semantic import read_semantic_model
from rasgo_nb.catalog.sources.source import DoesNotRead, SourceReading
from rasgo_nb.catalog.sources.yaml_text import read_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.catalog.facts import Fact
    from rasgo_nb.catalog.sources.resolve import Resolver
    from rasgo_nb.connectors.base import SemanticModel


def read_models(models: Sequence[SemanticModel], names: Resolver) -> SourceReading:
    """The facts of all models; one that does not read is told in a line, and the others hold."""
    facts: list[Fact] = []
    problems: list[str] = []
    for model in models:
        try:
            reading = read_semantic_model(read_yaml(model.text, model.name), names, place=model.name)
        except DoesNotRead as error:
            problems.append(str(error))
            continue
        facts += reading.facts
        problems += reading.problems
    return SourceReading(tuple(facts), tuple(problems), read=len(models))
