"""A whole run in which a provider's model writes the SQL for the main one."""

import pytest
from protocols.messages import MessagesProtocol
from server import Reply, serving

from rasgo_nb.agent.interface import Interface
from rasgo_nb.agent.messages import Usage
from rasgo_nb.agent.models.scripted import Line, ScriptedModel, call, say
from rasgo_nb.config import Config
from rasgo_nb.errors import RasgoError
from rasgo_nb.interrupt import run_sync
from rasgo_nb.provider_settings import ProviderSettings

COUNT = "SELECT count(*) AS orders FROM orders"
MAIN = (
    say("", call("write_sql", question="How many orders?", tables=["orders"])),
    say("", call("final_answer", text="There are 4 orders.", steps=[1])),
)


@pytest.fixture
def ask_with(shop, monkeypatch):
    """Ask with a specialist that gives these replies: ``run, server, model = ask_with(*replies)``."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "planted-key-0123456789abcdef")

    def ask_with(*replies):
        model = ScriptedModel(*MAIN)
        with serving(MessagesProtocol(), *replies) as server:
            anthropic = ProviderSettings(base_url=server.url)
            shop.config = Config(sql_model="anthropic:claude-haiku-5-5", providers={"anthropic": anthropic})
            return run_sync(shop.ask("How many orders?", model=model)), server, model

    return ask_with


def test_the_main_model_gets_the_result_and_the_run_its_usage(ask_with):
    line = Line(f"```sql\n{COUNT}\n```", usage=Usage(100, 10))
    run, server, model = ask_with(Reply(line))
    (result,) = model.seen[1][-1].tool_results
    assert (result.page["sql"], result.page["rows"]) == (COUNT, 1)
    assert "write_sql" in [page.name for page in model.tools]
    assert (run.usage.input_tokens, run.usage.output_tokens) == (100, 10)
    assert server.requests[0].json["model"] == "claude-haiku-5-5"


def test_a_provider_that_refuses_does_not_end_the_run(ask_with):
    run, _server, model = ask_with(Reply(status=401, message="bad key"))
    (result,) = model.seen[1][-1].tool_results
    assert result.is_error
    assert result.page["error"].endswith("Write SQL yourself with run_sql.")
    assert run.answer == "There are 4 orders."


def test_without_the_setting_there_is_no_such_tool(shop):
    model = ScriptedModel(*MAIN)
    run_sync(shop.ask("How many orders?", model=model))
    assert "write_sql" not in [page.name for page in model.tools]


def test_a_specialist_that_cannot_be_opened_is_said_before_the_run(shop):
    shop.config = Config(sql_model="nobody:model")
    with pytest.raises(RasgoError, match="no provider"):
        run_sync(shop.ask("How many orders?", model=ScriptedModel(*MAIN)))


@pytest.mark.parametrize("sees", [True, False])
def test_pictures_reach_only_a_model_that_sees(shop, sees):
    code = "from IPython.display import display\ndisplay({'image/png': png}, raw=True)"
    shop.shell.user_ns["png"] = "iVBORw0KGgoAAAANSUhEUg=="
    model = ScriptedModel(say("", call("run_python", code=code)), MAIN[1])
    run_sync(shop.ask("Draw.", model=model, interface=Interface(sees_images=sees)))
    assert len(model.seen[1][-1].tool_results[0].images) == int(sees)
