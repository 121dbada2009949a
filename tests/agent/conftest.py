"""Runs of a scripted model with somebody, or nobody, before them."""

import pytest
from clicking import Page

from rasgo_nb.agent.models.scripted import ScriptedModel, say
from rasgo_nb.interrupt import run_sync


@pytest.fixture
def in_folder(tmp_path, monkeypatch):
    """A folder that is the working one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(shop, in_folder):
    """Have a model make these calls, one a step, with somebody who clicks so: ``run(calls, *clicks)``."""

    def run(calls, *clicks, page=None, **options):
        page = page or Page(*clicks)
        model = ScriptedModel(*(say("", one) for one in calls), say("Done."))
        run_sync(shop.ask("Do it.", model=model, view=page, desk=page.desk, **options))
        page.read = [message.tool_results[-1].content for message in model.seen[-1] if message.tool_results]
        return page

    return run


@pytest.fixture
def alone(shop, in_folder):
    """The same, with nobody there."""

    def alone(*calls):
        page, model = Page(), ScriptedModel(*(say("", one) for one in calls), say("Done."))
        run_sync(shop.ask("Do it.", model=model, view=page))
        page.read = [message.tool_results[-1].content for message in model.seen[-1] if message.tool_results]
        return page

    return alone
