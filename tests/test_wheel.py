"""The wheel holds the built TypeScript, tells nothing of the machine, and builds the same again."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FRONT_END = ROOT / "labextension"
BUILT_WHEEL = os.environ.get("RASGO_NB_WHEEL")  # a folder; set by `make test`
LAB = "share/jupyter/labextensions/rasgo-nb/"
RUN_JS_LIMIT = 450_000  # bytes: anywidget sends it with every run


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The files of the wheel, by name; what is installed for Jupyter begins with ``share/``."""
    folder = Path(BUILT_WHEEL) if BUILT_WHEEL else built_wheel(tmp_path_factory.mktemp("wheel"))
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as packed:
        return {name.split(".data/data/")[-1]: packed.read(name) for name in packed.namelist()}


def built_wheel(folder):
    if not (ROOT / "rasgo_nb" / "labextension").exists():
        pytest.skip("nothing was built in this tree; `make test` builds it")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture
def build(tmp_path):
    """Build the TypeScript in a folder of its own, elsewhere; gives a product's files by name."""
    if not (FRONT_END / "node_modules").exists() or not shutil.which("jlpm"):
        pytest.skip("the npm packages are not installed; `make test` installs them")

    def build(folder, script):
        front_end = tmp_path / folder / "labextension"
        shutil.copytree(FRONT_END, front_end, ignore=shutil.ignore_patterns("node_modules", "lib", ".yarn"))
        (front_end / "node_modules").symlink_to(FRONT_END / "node_modules")
        subprocess.run(["jlpm", script], cwd=front_end, check=True, capture_output=True)
        built = tmp_path / folder / "rasgo_nb"
        return {
            str(file.relative_to(built)): file.read_bytes() for file in built.rglob("*") if file.is_file()
        }

    return build


def test_the_wheel_holds_the_widget(wheel):
    assert b"export{" in wheel["rasgo_nb/widgets/assets/run.js"]
    assert "rasgo_nb/widgets/assets/run.css" in wheel


def test_the_wheel_installs_the_labextension(wheel):
    assert {LAB + "package.json", LAB + "install.json", LAB + "schemas/rasgo-nb/plugin.json"} <= wheel.keys()
    assert any(name.startswith(LAB + "static/remoteEntry.") for name in wheel)
    assert not any(name.startswith("rasgo_nb/labextension") for name in wheel)


def test_the_wheel_names_no_folder_of_the_machine_that_built_it(wheel):
    folders = {str(ROOT), str(Path.home()), sys.prefix} - {"/"}
    assert [
        name for name, held in wheel.items() if any(f"{folder}/".encode() in held for folder in folders)
    ] == []


def test_the_widget_is_small_enough_to_be_sent_with_every_run(wheel):
    assert len(wheel["rasgo_nb/widgets/assets/run.js"]) <= RUN_JS_LIMIT


def test_the_widget_loads_nothing_from_elsewhere(wheel):
    assert b"import(" not in wheel["rasgo_nb/widgets/assets/run.js"]
    assert b"@import" not in wheel["rasgo_nb/widgets/assets/run.css"]
    assert b"url(http" not in wheel["rasgo_nb/widgets/assets/run.css"]


@pytest.mark.parametrize("script", ["build:widget", "build:lab"])
def test_a_second_build_elsewhere_is_the_same_to_the_byte(build, script):
    assert build("here", script) == build("there", script) != {}
