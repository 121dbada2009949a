"""The import rule: a room looks down, never up, and heavy libraries stay in the files named for them."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "rasgo_nb"

# Longest match wins. What is not listed lies on no floor: the package's own front door.
FLOORS = {
    "rasgo_nb.errors": 0,
    "rasgo_nb.config": 0,
    "rasgo_nb.provider_settings": 0,
    "rasgo_nb._version": 0,
    "rasgo_nb._optional": 0,
    "rasgo_nb.flags": 0,
    "rasgo_nb.policy": 0,
    "rasgo_nb.secret_store": 0,
    "rasgo_nb.secret_words": 0,
    "rasgo_nb.settings_file": 0,
    "rasgo_nb.connection_settings": 0,
    "rasgo_nb.connectors": 1,
    "rasgo_nb.kernel_exec": 1,
    "rasgo_nb.capture": 1,
    "rasgo_nb.outputs": 1,
    "rasgo_nb.namespace": 1,
    "rasgo_nb.content": 1,
    "rasgo_nb.made": 1,
    "rasgo_nb.journal": 1,
    "rasgo_nb.interrupt": 1,
    "rasgo_nb.desk": 1,
    "rasgo_nb.figure": 1,
    "rasgo_nb.catalog": 2,
    "rasgo_nb.memory": 2,
    "rasgo_nb.effects": 2,
    "rasgo_nb.provenance": 3,
    "rasgo_nb.agent": 3,
    "rasgo_nb.connections": 2,
    "rasgo_nb.run": 4,
    "rasgo_nb.promote": 4,
    "rasgo_nb.promoted_text": 4,
    "rasgo_nb.ran": 4,
    "rasgo_nb.widgets": 4,
    "rasgo_nb.trace": 4,
    "rasgo_nb.mentions": 5,
    "rasgo_nb.completion": 5,
    "rasgo_nb.table_names": 5,
    "rasgo_nb.person": 5,
    "rasgo_nb.table_look": 5,
    "rasgo_nb.conversation": 5,
    "rasgo_nb.memory_desk": 5,
    "rasgo_nb.verified": 5,
    "rasgo_nb.branch": 5,
    "rasgo_nb.again": 5,
    "rasgo_nb.opening": 5,
    "rasgo_nb.working": 5,
    "rasgo_nb.prepared": 5,
    "rasgo_nb.meaning": 5,
    "rasgo_nb.remembered": 5,
    "rasgo_nb.asking": 5,
    "rasgo_nb.kept_runs": 5,
    "rasgo_nb.undo": 5,
    "rasgo_nb.recording": 5,
    "rasgo_nb.session": 5,
    "rasgo_nb.replay": 5,
    "rasgo_nb.embedders": 5,
    "rasgo_nb.wanted_connection": 5,
    "rasgo_nb.front": 6,
    "rasgo_nb.calls": 6,
    "rasgo_nb.afterwards": 6,
    "rasgo_nb.tab_key": 6,
    "rasgo_nb.export": 6,
    "rasgo_nb.commands": 6,
    "rasgo_nb.lab": 6,
    "rasgo_nb.magics": 6,
    "rasgo_nb.evals": 6,
    "rasgo_nb.cli": 6,
    "rasgo_nb.__main__": 6,
}

# The rooms of floor 1 stand alone: each is usable without the others.
FLOOR_1_ROOMS = [
    {"connectors"},
    {"kernel_exec", "capture", "outputs", "namespace", "content", "made", "journal", "interrupt"},
    {"desk"},
    {"figure"},
]

# Connectors: files that begin so are the parts of one.
DATABASES = ["duckdb", "postgres", "snowflake", "bigquery", "sqlalchemy"]

# Rooms that may look at less than their floor allows.
ONLY = {
    "rasgo_nb.agent.loop": {"rasgo_nb.agent", "rasgo_nb.errors"},
    "rasgo_nb.agent.models": {
        "rasgo_nb.agent.messages",
        "rasgo_nb.agent.models",
        "rasgo_nb.errors",
        "rasgo_nb.config",
        "rasgo_nb.provider_settings",
        "rasgo_nb.secret_store",
        "rasgo_nb._optional",
    },
    "rasgo_nb.agent.models.embeddings": {
        "rasgo_nb.agent.messages",
        "rasgo_nb.agent.models",
        "rasgo_nb.agent.retry",
        "rasgo_nb.errors",
        "rasgo_nb.provider_settings",
        "rasgo_nb._optional",
    },
    "rasgo_nb.widgets": {
        "rasgo_nb.agent.events",
        "rasgo_nb.agent.messages",
        "rasgo_nb.agent.run_log",
        "rasgo_nb.agent.seen",
        "rasgo_nb.provenance",
        "rasgo_nb.widgets",
        "rasgo_nb.outputs",
        "rasgo_nb.namespace",
        "rasgo_nb.kernel_exec",
        "rasgo_nb.interrupt",
        "rasgo_nb.desk",
        "rasgo_nb.errors",
        "rasgo_nb.figure",
        "rasgo_nb.connectors",
        "rasgo_nb.catalog",
        "rasgo_nb.memory",
    },
}

# The beginnings of the names of the files that may import a library.
LIBRARIES = {
    "duckdb": ("rasgo_nb.connectors.duckdb", "rasgo_nb.connectors.sample"),
    "sqlglot": (
        "rasgo_nb.connectors.duckdb",
        "rasgo_nb.connectors.readonly",
        "rasgo_nb.connectors.profile",
        "rasgo_nb.connectors.statement",
        "rasgo_nb.connectors.bigquery",
        "rasgo_nb.connectors.postgres",
        "rasgo_nb.connectors.snowflake",
        "rasgo_nb.connectors.sqlalchemy",
        "rasgo_nb.catalog.check",
        "rasgo_nb.catalog.join_guard",
        "rasgo_nb.catalog.sources",
        "rasgo_nb.catalog.crawl.past_read",
    ),
    "plotly": ("rasgo_nb.figure",),
    **dict.fromkeys(("kaleido", "choreographer"), ("rasgo_nb.figure.picture",)),
    "IPython": (
        "rasgo_nb.magics",
        "rasgo_nb.front",
        "rasgo_nb.tab_key",
        "rasgo_nb.evals.environment",
        "rasgo_nb.evals.workplace",
    ),  # others are handed the shell
    "nbconvert": ("rasgo_nb.export",),
    **dict.fromkeys(("anywidget", "ipywidgets"), ("rasgo_nb.widgets.live",)),
    "openai": (
        "rasgo_nb.agent.models.openai",
        "rasgo_nb.agent.models.azure",
    ),
    "anthropic": (
        "rasgo_nb.agent.models.anthropic",
        "rasgo_nb.agent.models.bedrock",
        "rasgo_nb.agent.models.vertex",
    ),
    "cohere": ("rasgo_nb.agent.models.cohere",),
    "httpx": ("rasgo_nb.agent.models.cohere",),
    "httpx2": (
        "rasgo_nb.agent.models.http",
        "rasgo_nb.agent.models.anthropic",
        "rasgo_nb.agent.models.openai",
    ),
    "time_machine": ("rasgo_nb.evals.clock",),
    "keyring": ("rasgo_nb.secret_store",),
    "opentelemetry": ("rasgo_nb.trace.otel",),
    "yaml": ("rasgo_nb.connectors.dbt_profiles", "rasgo_nb.catalog.sources", "rasgo_nb.evals.suite"),
    "snowflake": ("rasgo_nb.connectors.snowflake",),
    "google": ("rasgo_nb.connectors.bigquery",),
    "psycopg": (
        "rasgo_nb.connectors.postgres",
        "rasgo_nb.catalog.stores.postgres",
        "rasgo_nb.catalog.vectors.postgres",
    ),
    "sqlalchemy": ("rasgo_nb.connectors.sqlalchemy",),
    "faiss": ("rasgo_nb.catalog.vectors.faiss_index",),
    **dict.fromkeys(("onnxruntime", "tokenizers"), ("rasgo_nb.catalog.vectors.minilm",)),
}


def module_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> list[str]:
    """Every module that the file imports, lazily too; not what only the type checker reads."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = [ast.Pass()]
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.append(node.module or "")
    return found


def longest(module: str, table: dict) -> object:
    matches = [name for name in table if module == name or module.startswith(f"{name}.")]
    return table[max(matches, key=len)] if matches else None


MODULES = {module_of(path): imports_of(path) for path in sorted(PACKAGE.rglob("*.py"))}


@pytest.mark.parametrize("module", MODULES)
def test_every_room_looks_down(module):
    if module == "rasgo_nb":
        return
    floor = longest(module, FLOORS)
    assert floor is not None, f"{module} has no floor: add it to FLOORS"
    for other in MODULES[module]:
        if other.startswith("rasgo_nb."):
            assert longest(other, FLOORS) <= floor, f"{module} looks up to {other}"


@pytest.mark.parametrize("module", MODULES)
def test_rooms_of_the_first_floor_stand_alone(module):
    room = next(
        (room for room in FLOOR_1_ROOMS if module.split(".")[1:2] and module.split(".")[1] in room), None
    )
    for other in MODULES[module]:
        if room and other.startswith("rasgo_nb.") and longest(other, FLOORS) == 1:
            assert other.split(".")[1] in room, f"{module} knows {other}"


@pytest.mark.parametrize("module", MODULES)
def test_narrow_rooms_stay_narrow(module):
    allowed = longest(module, ONLY)
    for other in MODULES[module]:
        if allowed and other.startswith("rasgo_nb"):
            assert any(other == name or other.startswith(f"{name}.") for name in allowed), (
                f"{module}: {other}"
            )


@pytest.mark.parametrize("module", MODULES)
def test_heavy_libraries_stay_in_the_files_named_for_them(module):
    for other in MODULES[module]:
        files = LIBRARIES.get(other.split(".")[0])
        assert files is None or module.startswith(files), f"{module} imports {other}"


@pytest.mark.parametrize("database", DATABASES)
def test_a_database_knows_no_other(database):
    own = {module for module in MODULES if module.startswith(f"rasgo_nb.connectors.{database}")}
    others = tuple(f"rasgo_nb.connectors.{other}" for other in DATABASES if other != database)
    assert own
    assert [name for module in own for name in MODULES[module] if name.startswith(others)] == []


def test_there_are_no_import_cycles():
    graph = {module: {other for other in others if other in MODULES} for module, others in MODULES.items()}
    while leaves := {module for module, others in graph.items() if not others & graph.keys()}:
        graph = {module: others for module, others in graph.items() if module not in leaves}
    assert not graph, f"in a cycle: {sorted(graph)}"


@pytest.mark.parametrize("statement", ["import rasgo_nb", "import rasgo_nb.magics"])
def test_importing_the_package_loads_nothing_heavy(statement):
    code = f"import sys; before = set(sys.modules); {statement}; print(*set(sys.modules) - before)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    heavy = {*LIBRARIES, "pandas", "numpy", "pyarrow", "rich", "fastjsonschema", "psutil", "rasgo_nb.session"}
    assert not (heavy - {"IPython"}) & set(loaded.split())
