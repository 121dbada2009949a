"""Walks a query as a database would, and notes what it would refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.catalog.check import grouping
from rasgo_nb.catalog.check.columns import check_column
from rasgo_nb.catalog.check.names import (
    NEEDS_LATERAL,
    NO_ALIAS_IN_HAVING,
    NO_ALIAS_IN_SELECT,
    NO_ALIAS_IN_WHERE,
    STRICT_GROUPING,
    Folding,
)
from rasgo_nb.catalog.check.outputs import outputs_of, plain_name
from rasgo_nb.catalog.check.problem import Problem
from rasgo_nb.catalog.check.scope import OPEN, Outputs, Scope, Source
from rasgo_nb.catalog.check.tables import KnownTables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlglot import exp

    from rasgo_nb.catalog.check.problem import What
    from rasgo_nb.catalog.search.catalog import Catalog


class QueryCheck:
    """One statement. ``problems`` grow while its queries are walked."""

    def __init__(
        self, dialect: str, catalog: Catalog, frames: Mapping[str, Sequence[str]], bound: frozenset[str]
    ) -> None:
        self.dialect = dialect
        self.names = Folding(dialect)
        self.problems: list[Problem] = []
        self._tables = KnownTables(self.names, catalog, frames)
        self.bound = bound

    def query(
        self, node: exp.Expr, parent: Scope | None, ctes: Mapping[str, Outputs] | None = None
    ) -> Outputs:
        """Check a query; gives its columns."""
        from sqlglot import exp

        own = Scope(parent, dict(ctes or {}), bound=self.bound)
        self._common_tables(node, own)
        if isinstance(node, exp.Subquery):
            outputs = self.query(node.this, own)
            return OPEN if node.args.get("pivots") else outputs
        if isinstance(node, exp.SetOperation):
            return self._set_operation(node, own)
        if isinstance(node, exp.Select):
            return self._select(node, own)
        if isinstance(node, exp.Table):  # FROM t, or TABLE t, in parentheses
            self._add_source(node, own)
            return own.sources[0].outputs if len(own.sources) == 1 else OPEN
        return OPEN

    def note(self, what: What, message: str, at: exp.Identifier | None = None, **named: str) -> None:
        """Note a problem, and where it stands."""
        line = column = None
        if at is not None and "line" in at.meta:
            line = int(at.meta["line"])
            column = int(at.meta["col"]) - int(at.meta["end"]) + int(at.meta["start"])
        self.problems.append(Problem(what, message, at.name if at else "", line=line, column=column, **named))

    def _common_tables(self, node: exp.Expr, scope: Scope) -> None:
        with_ = node.args.get("with_")
        for cte in with_.expressions if with_ else ():
            key = self.names.written(cte.args["alias"].this)
            columns = [self.names.written(name) for name in cte.args["alias"].columns]
            if _names_table(cte.this, cte.alias):
                scope.ctes[key] = Outputs(tuple(columns), is_open=not columns, spelt=tuple(columns))
            outputs = self.query(cte.this, scope) if _is_query(cte.this) else OPEN
            scope.ctes[key] = outputs.named(columns)

    def _set_operation(self, node: exp.SetOperation, scope: Scope) -> Outputs:
        left, right = self.query(node.left, scope), self.query(node.right, scope)
        if any(node.args.get(part) for part in ("by_name", "side", "kind", "on")):
            return OPEN
        if left.count is not None and right.count is not None and left.count != right.count:
            name = type(node).__name__.upper()
            self.note(
                "shape", f"{name} joins {left.count} columns on the left with {right.count} on the right."
            )
        return left

    def _select(self, node: exp.Select, scope: Scope) -> Outputs:
        from sqlglot import exp

        if node.args.get("kind") or node.args.get("match"):
            return OPEN
        from_ = node.args.get("from_")
        if from_ is not None:
            self._add_source(from_.this, scope)
        for join in node.args.get("joins") or ():
            self._join(join, scope)
        for lateral in node.args.get("laterals") or ():
            self._add_source(lateral, scope)
        scope.aliases = {
            self.names.written(one.args["alias"])
            for one in node.selects
            if isinstance(one, exp.Alias) and isinstance(one.args["alias"], exp.Identifier)
        }
        self._clauses(node, scope)
        if self.dialect in STRICT_GROUPING:
            grouping.check(node, scope, self)
            grouping.check_outer(node, scope, self)
        return outputs_of(node, scope, self.names)

    def _clauses(self, node: exp.Select, scope: Scope) -> None:
        from sqlglot import exp

        for one in node.expressions:
            self._expression(one, scope, self._aliases(scope, NO_ALIAS_IN_SELECT))
        outputs = {self.names.written(p) for one in node.selects if (p := plain_name(one)) is not None}
        all_names = scope.aliases | outputs
        where, having = node.args.get("where"), node.args.get("having")
        if where is not None:
            self._expression(where, scope, self._aliases(scope, NO_ALIAS_IN_WHERE))
            grouping.check_where(where, scope, self)
        if having is not None:
            self._expression(having, scope, self._aliases(scope, NO_ALIAS_IN_HAVING))
        strict = ("group",) if self.dialect == "postgres" else ()
        for clause in ("group", "qualify", "order", "distribute", "sort", "cluster", "distinct", "limit"):
            part = node.args.get(clause)
            if isinstance(part, exp.Expr):
                self._expression(part, scope, scope.aliases if clause in strict else all_names)
        if node.args.get("connect") is None:
            for window in node.args.get("windows") or ():
                self._expression(window, scope, scope.aliases)

    def _aliases(self, scope: Scope, unless: frozenset[str]) -> set[str]:
        return set() if self.dialect in unless else scope.aliases

    def _join(self, join: exp.Join, scope: Scope) -> None:
        before = len(scope.sources)
        self._add_source(join.this, scope)
        if join.kind.upper() in ("SEMI", "ANTI") or join.side.upper() in ("SEMI", "ANTI"):
            scope.sources[before:] = [
                Source(one.key, one.title, one.outputs, one.table, is_hidden=True)
                for one in scope.sources[before:]
            ]
        if join.method.upper() == "NATURAL":
            scope.is_natural = True
        for name in join.args.get("using") or ():
            self._using(name, scope, before)
        condition = join.args.get("on")
        if condition is not None:
            self._expression(condition, scope, set())

    def _using(self, name: exp.Expr, scope: Scope, before: int) -> None:
        from sqlglot import exp

        name = name.this if isinstance(name, exp.Column) else name
        if not isinstance(name, exp.Identifier):
            return
        key = self.names.written(name)
        for side in (scope.sources[:before], scope.sources[before:]):
            if side and not any(source.may_have(key) for source in side):
                titles = " and ".join(source.title for source in side)
                self.note("column", f"USING ({name.name}): {titles} has no such column.", name)
        scope.merged.add(key)

    def _add_source(self, node: exp.Expr, scope: Scope) -> None:
        """Add what stands in a FROM or JOIN, and what is joined to it in parentheses."""
        from sqlglot import exp

        if (
            isinstance(node, exp.Subquery)
            and isinstance(node.this, (exp.Table, exp.Subquery))
            and not node.alias
        ):
            self._add_source(node.this, scope)
        elif isinstance(node, exp.Table):
            scope.sources.append(self._table(node, scope))
        elif isinstance(node, (exp.Subquery, exp.Lateral)):
            scope.sources.append(self._derived(node, scope))
        else:
            self._nested(node, scope)
            scope.sources.append(self._unknown(node))
        for join in node.args.get("joins") or ():
            self._join(join, scope)
        for lateral in node.args.get("laterals") or ():
            self._add_source(lateral, scope)

    def _table(self, node: exp.Table, scope: Scope) -> Source:
        from sqlglot import exp

        if not isinstance(node.this, exp.Identifier) or node.args.get("pivots"):
            self._nested(node, scope)
            return self._unknown(node)
        key = self.names.written(node.this)
        cte = scope.cte(key) if not node.db else None
        detail = None
        if cte is not None:
            outputs = cte
        elif node.args.get("db") is not None and scope.called(self.names.written(node.args["db"])):
            outputs = OPEN  # an array of the table beside it
        else:
            found = self._tables.find(node)
            outputs, detail = found.outputs, found.detail
            if found.wrong:
                self.note(
                    "table", found.wrong, node.this, qualifier=".".join(filter(None, (node.catalog, node.db)))
                )
        return self._named(node, outputs, key=key, title=node.name, detail=detail)

    def _derived(self, node: exp.Expr, scope: Scope) -> Source:
        from sqlglot import exp

        inner = node.this
        if isinstance(node, exp.Lateral) and isinstance(inner, exp.Subquery):
            inner = inner.this
            sees: Scope | None = scope
        else:
            sees = scope.parent if self.dialect in NEEDS_LATERAL else scope
        is_function = isinstance(node, exp.Lateral) and not isinstance(node.this, exp.Subquery)
        if is_function or not _is_query(inner):
            self._nested(node, scope)
            return self._unknown(node)
        outer = Scope(sees, dict(scope.ctes), bound=self.bound)
        for around in scope.chain():
            outer.ctes = {**around.ctes, **outer.ctes}
        outputs = self.query(node if isinstance(node, exp.Subquery) else inner, outer)
        return self._named(node, OPEN if node.args.get("pivots") else outputs)

    def _unknown(self, node: exp.Expr) -> Source:
        return self._named(node, OPEN)

    def _named(
        self, node: exp.Expr, outputs: Outputs, *, key: str = "", title: str = "", detail: object = None
    ) -> Source:
        from sqlglot import exp

        alias = node.args.get("alias")
        columns: Sequence[exp.Identifier] = ()
        if isinstance(alias, exp.TableAlias):
            columns = [name for name in alias.columns if isinstance(name, exp.Identifier)]
            if isinstance(alias.this, exp.Identifier):
                key, title = self.names.written(alias.this), title or alias.this.name
            elif columns and not key:  # UNNEST(x) AS y
                key = title = self.names.written(columns[0])
        return Source(key, title or key, outputs.named([self.names.written(one) for one in columns]), detail)  # type: ignore[arg-type]

    def _nested(self, node: exp.Expr, scope: Scope) -> None:
        """Check the queries inside something whose own names are not known."""
        for query in _queries_in(node):
            self.query(query, Scope(scope, {}, [self._unknown(query)], bound=self.bound))

    def _expression(self, node: exp.Expr, scope: Scope, aliases: set[str]) -> None:
        from sqlglot import exp

        for one in node.walk(prune=lambda found: _is_query(found) and found is not node):
            if _is_query(one) and one is not node:
                outputs = self.query(one, Scope(scope, {}, bound=self.bound, aliases=aliases))
                self._one_column(one, outputs)
            elif isinstance(one, exp.Column):
                check_column(self, one, scope, aliases)

    def _one_column(self, query: exp.Expr, outputs: Outputs) -> None:
        from sqlglot import exp

        parent = query.parent
        if (
            isinstance(parent, exp.In)
            and isinstance(parent.this, exp.Column)
            and outputs.count is not None
            and outputs.count > 1
        ):
            self.note("shape", f"The subquery of IN has {outputs.count} columns, and one is compared.")


def _is_query(node: object) -> bool:
    from sqlglot import exp

    return isinstance(node, exp.Query) and not isinstance(node, exp.Table)


def _queries_in(node: exp.Expr) -> list[exp.Expr]:
    found = node.walk(prune=lambda one: _is_query(one) and one is not node)
    return [one for one in found if _is_query(one) and one is not node]


def _names_table(node: exp.Expr, name: str) -> bool:
    from sqlglot import exp

    return any(table.name.casefold() == name.casefold() for table in node.find_all(exp.Table))
