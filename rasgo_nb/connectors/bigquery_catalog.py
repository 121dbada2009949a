"""The tables of a project or a dataset: many by INFORMATION_SCHEMA in a few queries, few by the REST API."""

from __future__ import annotations

import logging
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors import bigquery_schema, bigquery_shards, bigquery_views
from rasgo_nb.connectors.base import TableDetail, TableName
from rasgo_nb.connectors.bigquery_job import CALL_S, patient
from rasgo_nb.connectors.refusals import unknown_table
from rasgo_nb.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from google.cloud import bigquery

ONE_BY_ONE = 20  # so many tables are asked for by name, more are described together with all
AT_ONCE = 8
MOST_BY_API = 2_000  # some minutes of calls
_logger = logging.getLogger("rasgo_nb")
NO_ANSWER = ("permission", "missing_object")  # of a view that a role may not read, or a region does not have


@dataclass(frozen=True, slots=True)
class Scope:
    """Datasets in one location: one that was named, or all of a region."""

    project: str
    location: str
    datasets: tuple[str, ...]
    is_region: bool

    @property
    def name(self) -> str:
        """As it stands before INFORMATION_SCHEMA."""
        return self.region if self.is_region else self.datasets[0]

    @property
    def region(self) -> str:
        """As a region's views call it."""
        return f"region-{self.location.lower()}"


class BigQueryCatalog:
    """``run`` gives the rows of a statement in a location; ``ask`` what calls of the API give."""

    def __init__(
        self,
        project: str,
        dataset: str,
        run: Callable[[str, str], list[tuple[Any, ...]]],
        ask: Callable[[Callable[[bigquery.Client], Any]], Any],
    ) -> None:
        self._project = project
        self._dataset = dataset
        self._run = run
        self._ask = ask

    def names(self) -> list[TableName]:
        """All tables and views, those of one table a day as one, in order of name."""
        found = [name for scope in self._scopes() for name in self._names_in(scope)]
        return sorted(bigquery_shards.folded_names(found))

    def locations(self) -> list[str]:
        """Where its datasets lie."""
        return list(dict.fromkeys(scope.location for scope in self._scopes()))

    def describe(self, tables: Sequence[TableName] | None) -> list[TableDetail]:
        """The named ones, in that order, or all.

        Raises
        ------
        UnknownName
            when one does not exist; offers the nearest names.
        """
        if tables is None:
            return self._all()
        wanted = [self._whole(table) for table in tables]
        if len(wanted) > ONE_BY_ONE:
            known = {detail.name: detail for detail in self._all()}
            missing = [table for table in wanted if table not in known]
            known |= dict(zip(missing, self._by_name(missing), strict=True))
            return [known[table] for table in wanted]
        return self._by_name(wanted)

    def _whole(self, table: TableName) -> TableName:
        return TableName(table.database or self._project, table.schema or self._dataset, table.table)

    def _all(self) -> list[TableDetail]:
        found = [detail for scope in self._scopes() for detail in self._details_in(scope)]
        return sorted(bigquery_shards.folded_details(found), key=lambda detail: detail.name)

    def _scopes(self) -> list[Scope]:
        if self._dataset:
            dataset = self._ask(partial(_dataset, name=f"{self._project}.{self._dataset}"))
            return [Scope(self._project, dataset.location or "US", (self._dataset,), is_region=False)]
        by_location = defaultdict(list)
        for name, location in self._ask(partial(_datasets, project=self._project)):
            by_location[location].append(name)
        return [
            Scope(self._project, location, tuple(sorted(names)), is_region=True)
            for location, names in sorted(by_location.items())
        ]

    def _names_in(self, scope: Scope) -> list[TableName]:
        try:
            rows = self._run(bigquery_views.names(scope.project, scope.name), scope.location)
        except QueryError as error:
            if error.kind not in NO_ANSWER:
                raise
            return [name for name, _ in self._ask(partial(_listed, scope=scope))]
        return [TableName(scope.project, dataset, table) for dataset, table in rows]

    def _details_in(self, scope: Scope) -> Iterable[TableDetail]:
        try:
            tables = self._run(bigquery_views.tables(scope.project, scope.name), scope.location)
            columns = self._run(bigquery_views.columns(scope.project, scope.name), scope.location)
        except QueryError as error:
            if error.kind not in NO_ANSWER:
                raise
            return self._details_by_api(scope)
        return bigquery_views.details(scope.project, tables, columns, self._sizes(scope), self._keys(scope))

    def _details_by_api(self, scope: Scope) -> list[TableDetail]:
        names = [name for name, _ in self._ask(partial(_listed, scope=scope))]
        told = [detail for detail in self._asked_for(names[:MOST_BY_API]) if detail is not None]
        if len(names) > MOST_BY_API:
            _logger.warning(
                "BigQuery lets this sign-in not read INFORMATION_SCHEMA in %s: of %d tables the first %d are "
                "described, the others when they are named. Connecting to one dataset finds them sooner.",
                scope.name, len(names), MOST_BY_API,
            )  # fmt: skip
        return told + [TableDetail(name, ()) for name in names[MOST_BY_API:]]

    def _sizes(self, scope: Scope) -> list[tuple[Any, ...]]:
        only = "" if scope.is_region else scope.name
        return self._run_if_allowed(bigquery_views.sizes(scope.project, scope.region, only), scope)

    def _keys(self, scope: Scope) -> list[tuple[Any, ...]]:
        statements = bigquery_views.keys(scope.project, scope.datasets)
        return [row for statement in statements for row in self._run_if_allowed(statement, scope)]

    def _run_if_allowed(self, statement: str, scope: Scope) -> list[tuple[Any, ...]]:
        try:
            return self._run(statement, scope.location)
        except QueryError as error:
            if error.kind not in NO_ANSWER:
                raise
            return []

    def _by_name(self, wanted: Sequence[TableName]) -> list[TableDetail]:
        whole = [table for table in wanted if table.schema and not bigquery_shards.is_folded(table)]
        found = dict(zip(whole, self._asked_for(whole), strict=True))
        details = [found.get(table) or self._folded(table) for table in wanted]
        known: list[TableName] | None = None
        for position, (table, detail) in enumerate(zip(wanted, details, strict=True)):
            if detail is None:
                known = self.names() if known is None else known
                details[position] = self._alike(table, known)
        return [detail for detail in details if detail is not None]

    def _folded(self, table: TableName) -> TableDetail | None:
        """The tables of one a day as one: what the newest of them says."""
        if not bigquery_shards.is_folded(table) or not table.schema:
            return None
        scope = Scope(table.database, "", (table.schema,), is_region=False)
        listed = self._ask(partial(_listed, scope=scope))
        shards = [name for name, _ in listed if bigquery_shards.belongs(name, table)]
        if not shards:
            return None
        (newest,) = self._asked_for([max(shards)])
        return None if newest is None else bigquery_shards.told_as_one(newest, table, shards)

    def _alike(self, table: TableName, known: Sequence[TableName]) -> TableDetail:
        """The one table that fits but for case or a dataset that was left out."""
        fitting = [
            name
            for name in known
            if name.table.casefold() == table.table.casefold()
            and (not table.schema or name.schema.casefold() == table.schema.casefold())
            and name.database == table.database
        ]
        if len(fitting) != 1 or fitting[0] == table:
            raise unknown_table(table, known, none="there is none that can be read")
        return self._by_name(fitting)[0]

    def _asked_for(self, tables: Sequence[TableName]) -> list[TableDetail | None]:
        if not tables:
            return []
        found: list[TableDetail | None] = self._ask(partial(_got, tables=tables))
        return found


def _dataset(client: bigquery.Client, *, name: str) -> bigquery.Dataset:
    return client.get_dataset(name, retry=patient(), timeout=CALL_S)


def _datasets(client: bigquery.Client, *, project: str) -> list[tuple[str, str]]:
    """Names with their locations, which the client's list items hide."""
    listed = client.list_datasets(project, retry=patient(), timeout=CALL_S, page_size=1000)
    return [(str(item.dataset_id), str(item._properties.get("location") or "US")) for item in listed]


def _listed(client: bigquery.Client, *, scope: Scope) -> list[tuple[TableName, str]]:
    """Names with their types."""

    def tables(dataset: str) -> list[tuple[TableName, str]]:
        listed = client.list_tables(
            f"{scope.project}.{dataset}", page_size=1000, retry=patient(), timeout=CALL_S
        )
        return [(TableName(scope.project, dataset, str(one.table_id)), str(one.table_type)) for one in listed]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [pair for pairs in pool.map(tables, scope.datasets) for pair in pairs]


def _got(client: bigquery.Client, *, tables: Sequence[TableName]) -> list[TableDetail | None]:
    """In the same order; None for those that do not exist."""
    from google.api_core.exceptions import NotFound

    def get(name: TableName) -> TableDetail | None:
        try:
            table = client.get_table(str(name), retry=patient(), timeout=CALL_S)
        except NotFound:
            return None
        return replace(bigquery_schema.detail(table), name=name)

    if len(tables) == 1:
        return [get(tables[0])]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(get, tables))
