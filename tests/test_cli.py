"""The command line, in a process of its own."""

import subprocess
import sys

import pytest


def rasgo(*arguments, stdin=""):
    """The finished process; only UTF-8 goes in and out."""
    return subprocess.run(
        [sys.executable, "-m", "rasgo_nb", *arguments],
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def orders(tmp_path_factory):
    path = tmp_path_factory.mktemp("cli") / "orders.csv"
    path.write_text("id,amount\n1,2.5\n2,4.0\n")
    return str(path)


def test_a_question_from_a_pipe_is_answered_and_saved(orders, tmp_path):
    page = tmp_path / "run.html"
    done = rasgo(
        "ask", "-", "--connection", orders, "--quiet", "--save", str(page), stdin="How many orders are there?"
    )
    assert done.returncode == 0, done.stderr
    assert "2" in done.stdout
    assert "\x1b" not in done.stdout
    assert "How many orders are there?" in page.read_text(encoding="utf-8")


def test_steps_are_shown_unless_quiet(orders):
    done = rasgo("ask", "--connection", orders, "How", "many", "orders", "are", "there?")
    assert "run_sql" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["ask", "-"], 1, "The question is empty. Type for example"),
        (["ask", "hi", "--model", "ofline"], 1, "`--model offline`"),
        (["ask", "hi", "--connection", "nowhere.duckdb"], 1, "does not exist"),
        (["ask", "hi", "--save", "nowhere/at/all.html"], 1, "Type for example `--save run.html`."),
        (["ask", "hi", "--max-steps", "0"], 2, "whole number from 1, not '0'"),
        (["ask", "hi", "--max-steps", "-3"], 2, "max-steps"),
        (["ask", "hi", "--max-steps", "many"], 2, "whole number from 1, not 'many'"),
        (["ask"], 2, "question"),
        (["frobnicate"], 2, "invalid choice"),
    ],
)
def test_what_is_wrong_is_told_without_a_traceback(arguments, code, says):
    done = rasgo(*arguments)
    assert done.returncode == code
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_finds_broken_settings(tmp_path, monkeypatch):
    (tmp_path / "config.toml").write_text("model = ")
    monkeypatch.setenv("RASGO_NB_CONFIG", str(tmp_path / "config.toml"))
    done = rasgo("doctor")
    assert done.returncode == 1
    assert "FAIL  settings" in done.stdout


def test_a_reader_that_goes_away_ends_it_in_silence(orders):
    process = subprocess.Popen(
        [sys.executable, "-m", "rasgo_nb", "ask", "How many orders are there?", "--connection", orders],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert (process.stderr.read(), process.wait(timeout=60)) == (b"", 141)
    process.stderr.close()


def test_a_key_from_a_pipe_is_never_shown_where_there_is_no_keyring():
    done = rasgo("key", "set", "openai", stdin="sk-planted0123456789abcdef\n")
    assert (done.returncode, "Set OPENAI_API_KEY instead." in done.stderr) == (1, True)
    assert "planted" not in done.stdout + done.stderr
    assert "openai:MODEL" in rasgo("key", "list").stdout


def test_the_doctor_says_what_a_model_lacks():
    done = rasgo("doctor", "--model", "openai")
    assert (done.returncode, "FAIL  key: There is no key for openai." in done.stdout) == (1, True)


def test_a_search_that_ends_before_its_crawl_says_nothing_of_what_is_left(tmp_path, monkeypatch):
    monkeypatch.setenv("RASGO_NB_HOME", str(tmp_path))  # whose sample data nobody has read
    done = rasgo("catalog", "--connection", "sample", "search", "revenue", "by", "store")
    assert "jaffle.stores" in done.stdout
    assert done.stderr == ""
