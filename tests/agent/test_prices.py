"""What a run costs: known where a price is published or the person's own, and no figure where not."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.agent import prices
from rasgo_nb.agent.limits import Limits
from rasgo_nb.agent.messages import Usage
from rasgo_nb.agent.models.scripted import Line, ScriptedModel, call, say
from rasgo_nb.agent.prices import Rates, price_of, priced, prices_path
from rasgo_nb.errors import LimitReached, RasgoError
from rasgo_nb.interrupt import run_sync
from rasgo_nb.widgets.text import totals_text

UNPRICED = Usage(1_000, 100, 600, 200, requests=1, cost_usd=None)


class Named(ScriptedModel):
    """The scripted model under the name of another."""

    def __init__(self, name, *lines):
        super().__init__(*lines)
        self.name = name


@pytest.fixture
def write():
    """Write the person's own prices."""

    def write(text):
        prices_path().parent.mkdir(parents=True, exist_ok=True)
        prices_path().write_text(text, encoding="utf-8")

    return write


def test_each_kind_of_token_has_its_rate():
    cost = Rates(input=2.0, output=10.0, cached_input=0.1, cache_write=2.5).cost_usd(UNPRICED)
    assert cost == pytest.approx((200 * 2.0 + 600 * 0.1 + 200 * 2.5 + 100 * 10.0) / 1e6)


def test_a_published_price_fills_in_the_cost():
    usage = priced("anthropic:claude-sonnet-5-5")(Usage(1_000_000, 100_000, requests=1, cost_usd=None))
    assert usage == Usage(1_000_000, 100_000, requests=1, cost_usd=pytest.approx(3.0))


def test_a_cost_that_is_known_is_left_alone():
    assert priced("openai:gpt-6.1-sol")(Usage(1_000, cost_usd=0.5)).cost_usd == 0.5


@pytest.mark.parametrize(
    "model",
    [
        "openai:gpt-7-of-tomorrow",
        "bedrock:claude-sonnet-5-5",
        "openai-compatible:gpt-6-sol",
        "work:qwen3:32b",
    ],
)
def test_no_price_means_no_figure(model):
    assert priced(model)(UNPRICED).cost_usd is None


def test_a_later_version_does_not_take_the_price_of_an_earlier_one():
    assert price_of("anthropic:claude-opus-5-5").rates.input == 4.0
    assert price_of("anthropic:claude-opus-5-20260724").rates.input == 5.0
    assert price_of("anthropic:claude-opus-5-9") is None


def test_a_long_prompt_costs_the_rate_for_long_ones_as_a_whole():
    fill = priced("openai:gpt-6-sol")
    assert fill(Usage(272_000, cost_usd=None)).cost_usd == pytest.approx(0.544)
    assert fill(Usage(272_001, cost_usd=None)).cost_usd == pytest.approx(1.088, rel=1e-3)


@pytest.mark.parametrize("model", ["offline", "scripted"])
def test_what_runs_here_costs_nothing(model):
    assert priced(model)(UNPRICED).cost_usd == 0.0


def test_every_price_of_ours_says_where_and_when():
    for price in prices.read_prices(Path(prices.__file__).with_name("prices.toml")):
        assert price.source
        assert price.dated.startswith("2026-")


def test_a_persons_price_goes_before_ours(write):
    write('prices = [{ matches = ["openai:gpt-*", "work:*"], input = 1.0, output = 5.0 }]')
    assert price_of("openai:gpt-6-sol").rates == Rates(1.0, 5.0, 1.0, 1.0)
    assert price_of("work:qwen3:32b").rates.output == 5.0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("prices = ", "cannot be read"),
        ("price = []", "prices must be written as"),
        ("prices = 3", "prices must be written as"),
        ("prices = [{ input = 1, output = 2 }]", "matches must be a list"),
        ('prices = [{ matches = ["a"], output = 2 }]', "input is missing"),
        ('prices = [{ matches = ["a"], input = 1 }]', "output is missing"),
        ('prices = [{ matches = ["a"], input = 1, output = "2" }]', "output must be USD per million tokens"),
        ('prices = [{ matches = ["a"], input = -1, output = 2 }]', "input must be USD per million tokens"),
        ('prices = [{ matches = ["a"], input = 1, output = nan }]', "output must be USD per million tokens"),
        ('prices = [{ matches = ["a"], input = 1, output = 2, cached = 1 }]', "cached is no key here"),
        ('prices = [{ matches = ["a"], input = 1, output = 2, long = 3 }]', "long.above must be"),
        (
            'prices = [{ matches = ["a"], input = 1, output = 2, long = {above = 9, input = 2} }]',
            "long.output",
        ),
    ],
)
def test_a_wrong_price_is_one_line_with_the_file_and_the_key(write, text, says):
    write(text)
    with pytest.raises(RasgoError) as caught:
        price_of("scripted")
    assert str(prices_path()) in str(caught.value)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.builds(Usage, *[st.integers(0, 10**7)] * 4, cost_usd=st.none()))
def test_no_usage_costs_less_than_nothing(usage):
    assert priced("anthropic:claude-haiku-5-5")(usage).cost_usd >= 0


def test_a_run_sums_what_its_requests_cost(shop):
    line = Line("", (call("search_tables", words="orders"),), usage=replace(UNPRICED, input_tokens=300_000))
    model = Named("openai:gpt-6.2-sol", line, replace(say("4."), usage=UNPRICED))
    run = run_sync(shop.ask("How many?", model=model))
    fill = priced(model.name)
    assert run.usage.cost_usd == pytest.approx(fill(line.usage).cost_usd + fill(UNPRICED).cost_usd)


def test_a_limit_on_money_stops_a_run_before_the_next_call(shop):
    shop.config = replace(shop.config, max_cost_usd=0.5)
    dear = Line(
        "", (call("search_tables", words="orders"),), usage=Usage(200_000, 30_000, requests=1, cost_usd=None)
    )
    with pytest.raises(LimitReached, match=r"cost 0\.70 USD.*max_cost_usd 1`"):
        run_sync(shop.ask("How many?", model=Named("openai:gpt-6-sol", dear, dear)))
    assert shop.last_run.usage.requests == 1


def test_a_limit_on_money_without_a_price_is_refused_before_anything_is_sent(shop):
    shop.config = replace(shop.config, max_cost_usd=0.5)
    model = Named("openai:gpt-7-of-tomorrow", say("4."))
    with pytest.raises(RasgoError, match="max_cost_usd 0") as caught:
        run_sync(shop.ask("How many?", model=model))
    assert model.seen == []
    line = str(caught.value).split("`")[1]
    assert tomllib.loads(line)["prices"][0]["matches"] == ["openai:gpt-7-of-tomorrow"]


@pytest.mark.parametrize("name", ["work:mine", 'work:a "quoted" [one]*'])
def test_the_line_that_the_refusal_gives_makes_the_run_possible(shop, write, name):
    shop.config = replace(shop.config, max_cost_usd=0.5)
    with pytest.raises(RasgoError) as caught:
        run_sync(shop.ask("How many?", model=Named(name, say("4."))))
    write(str(caught.value).split("`")[1])
    assert run_sync(shop.ask("How many?", model=Named(name, say("4.")))).answer == "4."


def test_the_model_that_writes_sql_needs_a_price_too(shop):
    shop.config = replace(shop.config, max_cost_usd=0.5, sql_model="openai-compatible:sqlcoder")
    with pytest.raises(RasgoError, match="no price for openai-compatible:sqlcoder"):
        run_sync(shop.ask("How many?", model=ScriptedModel(say("4."))))


def test_a_cost_that_got_lost_stops_a_run_that_has_a_limit():
    with pytest.raises(LimitReached, match="not known"):
        Limits(max_cost_usd=1.0).check(step=2, usage=UNPRICED, elapsed_s=0.0)


@pytest.mark.parametrize(
    ("usage", "says"),
    [
        (Usage(12_000, 34, 900, cost_usd=0.0123), " · 12,000 tokens in (900 cached), 34 out · 0.0123 USD"),
        (Usage(12_000, 345, cost_usd=None), " · 12,000 tokens in, 345 out"),
        (Usage(), ""),
    ],
)  # fmt: skip
def test_the_totals_show_money_only_where_it_is_known(usage, says):
    assert totals_text(2, usage, 1.0) == f"2 steps · 1.0 s{says}"
