"""Interfaces are files: chosen by a model's name, overridden by a person's, swapped without code."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.agent.events import ToolCallDelta, ToolCallFinished, ToolCallStarted
from rasgo_nb.agent.interface import Interface, ToolWords, choose_interface
from rasgo_nb.agent.interface_file import families
from rasgo_nb.agent.interface_keys import check_keys
from rasgo_nb.agent.models.scripted import ScriptedModel, call, say
from rasgo_nb.agent.run_log import RunLog
from rasgo_nb.agent.tools import ALL_TOOLS
from rasgo_nb.cli import main
from rasgo_nb.config import config_path
from rasgo_nb.errors import LimitReached, RasgoError, UnknownName
from rasgo_nb.interrupt import run_sync
from rasgo_nb.magics import RasgoMagics
from rasgo_nb.widgets.text import run_text

COUNT = "SELECT count(*) AS orders FROM orders"

RENAMED = """
result_format = "xml"
left_out = ["ask_user"]
[tools.run_sql]
name = "query-warehouse"
description = "Ask the warehouse. Draw with show_chart."
[tools.run_sql.parameters]
sql = "one SELECT"
[tools.show_chart]
name = "draw"
"""


@pytest.fixture
def write(tmp_path):
    """Write an interface file and return its path."""

    def write(text, name="trial.toml", *, own=False):
        folder = config_path().parent / "interfaces" if own else tmp_path
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
        return str(folder / name)

    return write


@pytest.mark.parametrize(
    ("model", "family", "result_format"),
    [
        ("anthropic:claude-sonnet-5-5", "anthropic", "xml"),
        ("anthropic:a-name-of-tomorrow", "anthropic", "xml"),
        ("bedrock:us.anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic", "xml"),
        ("vertex:claude-opus-5-5@20260901", "anthropic", "xml"),
        ("openai-compatible:anthropic/Claude-Opus-5-5", "anthropic", "xml"),
        ("openai:gpt-6.1-sol", "openai", "json"),
        ("azure:whatever-we-called-it", "openai", "json"),
        ("openai-compatible:openai/gpt-6-luna", "openai", "json"),
        ("cohere:command-a-plus-05-2026", "cohere", "markdown"),
        ("openai-compatible:command-r7b", "cohere", "markdown"),
        ("openai-compatible:qwen3:32b", "open", "json"),
        ("work:llama-5", "open", "json"),
        ("offline", "offline", "json"),
        ("scripted", "standard", "json"),
    ],
)
def test_a_name_leads_to_its_family(model, family, result_format):
    face = choose_interface(model)
    assert (face.family, face.result_format) == (family, result_format)


@pytest.mark.parametrize(
    ("model", "options"),
    [
        (
            "anthropic:claude-sonnet-5-5",
            {"max_tokens": 32_000, "thinking": {"type": "adaptive", "display": "summarized"}},
        ),
        ("vertex:claude-sonnet-4-5@20250929", {"max_tokens": 32_000}),
        ("openai-compatible:claude-sonnet-5-5", {"max_tokens": 32_000}),
        (
            "azure:prod",
            {"max_output_tokens": 16_000, "reasoning": {"effort": "medium", "summary": "auto"}},
        ),
        ("openai:gpt-4.1", {"max_output_tokens": 16_000}),
        ("openai-compatible:gpt-6-sol", {"max_completion_tokens": 16_000}),
        ("openai-compatible:gpt-oss-20b", {}),
        ("cohere:command-r7b-12-2024", {"max_tokens": 4_000}),
        ("anthropic:claude-3-haiku-20240307", {"max_tokens": 4_096}),
    ],
)
def test_options_are_those_of_the_wire_that_carries_the_model(model, options):
    assert choose_interface(model).options == options


def test_a_provider_of_the_persons_own_name_has_the_options_of_its_kind():
    assert choose_interface("work:claude-opus-5-5", kind="bedrock").options["max_tokens"] == 32_000


@pytest.mark.parametrize("family", ["anthropic", "openai", "cohere", "open"])
def test_a_family_can_be_wanted_for_any_model(family):
    assert choose_interface("anthropic:claude-sonnet-5-5", family).family == family


@pytest.mark.parametrize("family", ["anthropic", "openai", "cohere", "open"])
def test_the_bound_that_a_wire_demands_is_sent_whatever_the_family(family):
    face = choose_interface("anthropic:claude-sonnet-5-5", family)
    assert face.options["max_tokens"] == face.max_output_tokens


def test_the_offline_model_keeps_the_one_format_that_its_rules_read():
    assert choose_interface("offline", "anthropic") == choose_interface("offline")
    with pytest.raises(UnknownName):
        choose_interface("offline", "antropic")


def test_a_persons_file_goes_before_ours_and_may_extend_it(write):
    write('extends = "anthropic"\nmax_result_chars = 500\nmatches = ["*claude*"]', "anthropic.toml", own=True)
    face = choose_interface("anthropic:claude-sonnet-5-5")
    assert (face.max_result_chars, face.result_format, face.context_window) == (500, "xml", 1_000_000)


def test_a_persons_file_may_name_models_that_ours_match_too(write):
    write('version = 3\nmatches = ["gpt-6-mine*"]\nresult_format = "markdown"', "mine.toml", own=True)
    assert choose_interface("openai:gpt-6-mine-2").family == "mine"
    assert choose_interface("openai:gpt-6-sol").family == "openai"


def test_instructions_may_stand_in_the_file_or_beside_it(write):
    write("Be brief in {dialect}.", "brief.md")
    assert choose_interface("x:y", write('instructions_file = "brief.md"')).instructions == (
        "Be brief in {dialect}."
    )
    inline = choose_interface("x:y", write('instructions = "{standard}\\nBe brief."')).instructions
    assert inline == f"{Interface().instructions}\nBe brief."


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("result_format = ", "cannot be read"),
        ('result_format = "yaml"', "result_format must be json, xml or markdown, not 'yaml'"),
        ("result_formt = 'xml'", "result_formt is no key here; did you mean result_format"),
        ("max_result_chars = 0", "max_result_chars must be a whole number from 100, not 0"),
        ("context_window = true", "context_window must be a whole number from 1, not True"),
        ("sees_images = 1", "sees_images must be true or false"),
        ('matches = "gpt-*"', "matches must be a list of texts"),
        ("options = 3", "options must be a table"),
        ("options.openai = 3", "options.openai must be a table"),
        ("[tools.run_sequel]\nname = 'q'", "names 'run_sequel', which is no tool; did you mean run_sql"),
        ("[tools.run_sql]\nname = 'a b'", "tools.run_sql.name must be up to 64 letters"),
        ("[tools.run_sql]\nnam = 'q'", "tools.run_sql.nam is no key here; did you mean name"),
        ("[tools.run_sql.parameters]\nsqll = 'q'", "parameters.sqll is no key here; did you mean sql"),
        ("[tools.run_sql]\nname = 'run_python'", "tools gives two tools the name 'run_python'"),
        ("left_out = ['final_answer']", "left_out holds final_answer"),
        ("left_out = ['ask_usr']", "left_out names 'ask_usr', which is no tool; did you mean ask_user"),
        ("[[models]]\nsees_images = true", "models.matches is missing"),
        ("models = 3", "models must be written as [[models]]"),
        ("extends = 'nobody'", "extends leads to 'nobody', and there is no such family"),
        ("instructions_file = 'none.md'", "instructions_file cannot be read"),
        ("instructions = ''", "instructions must be a text"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_one_line_with_the_file_and_the_key(write, text, says):
    path = write(text)
    with pytest.raises(RasgoError) as caught:
        choose_interface("scripted", path)
    assert path in str(caught.value)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_extend_each_other_are_refused(write):
    write('extends = "b"', "a.toml", own=True)
    write('extends = "a"', "b.toml", own=True)
    with pytest.raises(RasgoError, match="extends leads to itself"):
        choose_interface("scripted", "a")


def test_an_interface_that_there_is_not_is_told_with_the_nearest():
    with pytest.raises(UnknownName, match="--interface anthropic"):
        choose_interface("scripted", "antropic")


KEYS = [
    "version",
    "matches",
    "options",
    "tools",
    "left_out",
    "models",
    "sees_images",
    "max_result_chars",
    "x",
]
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*KEYS, "run_sql"]), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(KEYS), TREES))
def test_whatever_stands_in_a_file_is_taken_or_told_in_one_line(table):
    told = "trial.toml: "
    try:
        check_keys(Path("trial.toml"), table)
    except RasgoError as error:
        told = str(error)
    assert told.startswith("trial.toml: ")
    assert "\n" not in told


@given(st.text(max_size=40))
def test_whatever_a_model_is_called_it_gets_an_interface(name):
    assert choose_interface(f"openai-compatible:{name}").max_output_tokens > 0


def test_every_file_of_ours_says_its_version():
    for path in families().values():
        assert "\nversion = " in Path(path).read_text(encoding="utf-8")


def test_every_front_door_takes_the_flag(shell, capsys):
    assert main(["ask", "--model", "offline", "--interface", "antropic", "How many?"]) == 1
    assert "--interface anthropic" in capsys.readouterr().err
    with pytest.raises(UnknownName, match="--interface anthropic"):
        run_sync(RasgoMagics(shell).ask_cell("--model offline --interface antropic How many?", ""))


def test_two_files_make_two_requests_without_any_code(ask, write):
    plain, renamed = ScriptedModel(say("4.")), ScriptedModel(say("4."))
    ask(plain, interface=write('instructions = "Use run_sql on {dialect}."', "plain.toml"))
    ask(renamed, interface=write(f'instructions = "Use run_sql on {{dialect}}."\n{RENAMED}'))
    assert plain.seen[0][0].text == "Use run_sql on duckdb."
    assert renamed.seen[0][0].text == "Use query-warehouse on duckdb."
    assert [page.name for page in plain.tools] == [tool.name for tool in ALL_TOOLS]
    names = [{"run_sql": "query-warehouse", "show_chart": "draw"}.get(t.name, t.name) for t in ALL_TOOLS]
    assert [page.name for page in renamed.tools] == [name for name in names if name != "ask_user"]


def test_pages_speak_with_the_words_of_the_interface(ask, write):
    model = ScriptedModel(say("4."))
    ask(model, interface=write(RENAMED))
    pages = {page.name: page for page in model.tools}
    assert pages["query-warehouse"].description == "Ask the warehouse. Draw with draw."
    assert pages["query-warehouse"].parameters["properties"]["sql"] == {
        "type": "string",
        "description": "one SELECT",
        "minLength": 1,
    }
    said = json.dumps([(page.description, page.parameters) for page in model.tools]) + model.seen[0][0].text
    assert "run_sql" not in said
    assert "show_chart" not in said


def test_a_call_by_the_interfaces_name_runs_our_tool_and_is_shown_under_ours(ask, write):
    count = call("query-warehouse", sql=COUNT, save_as="counted")
    run, events = ask(ScriptedModel(say("", count), say("4.")), interface=write(RENAMED))
    assert run.result["orders"].tolist() == [4]
    named = [event for event in events if isinstance(event, ToolCallStarted | ToolCallFinished)]
    assert [event.tool_call.name for event in named] == ["run_sql", "run_sql"]
    assert {event.name for event in events if isinstance(event, ToolCallDelta)} == {"run_sql"}
    [told] = run.transcript[2].tool_calls
    assert told.name == "query-warehouse"
    assert run.transcript[3].tool_results[0].content.startswith("<")


@pytest.mark.parametrize("result_format", ["json", "xml", "markdown"])
def test_a_card_reads_the_same_in_every_format(ask, result_format):
    count = call("run_sql", sql=COUNT, save_as="counted")
    _, events = ask(
        ScriptedModel(say("", count), say("4.")), interface=Interface(result_format=result_format)
    )
    log = RunLog()
    for event in events:
        log.add(event)
    assert "run_sql: 1 row × 1 column → counted" in run_text(log)


@pytest.mark.parametrize("name", ["run_sql", "ask_user"])
def test_names_that_are_not_shown_are_not_callable(ask, write, name):
    arguments = {"sql": COUNT} if name == "run_sql" else {"question": "Which?"}
    model = ScriptedModel(say("", call(name, **arguments)), say("I give up."))
    _, events = ask(model, interface=write(RENAMED))
    [result] = [event.result for event in events if isinstance(event, ToolCallFinished)]
    assert result.is_error
    assert f"There is no tool '{name}'" in result.content
    assert "query-warehouse" in result.content


def test_two_tools_may_swap_their_names(shop, ask):
    swapped = Interface(tools={"run_sql": ToolWords("run_python"), "run_python": ToolWords("run_sql")})
    model = ScriptedModel(say("", call("run_sql", code="counted = 4")), say("4."))
    ask(model, interface=swapped)
    assert shop.shell.user_ns["counted"] == 4


def test_a_person_reads_our_name_where_a_model_goes_round_in_circles(ask, write):
    wrong = say("", call("query-warehouse", sql="SELECT nothing FROM nowhere"))
    with pytest.raises(LimitReached, match="failing call to run_sql twice"):
        ask(ScriptedModel(wrong, wrong), interface=write(RENAMED))
