"""What a person reads at the end: a sentence with its numbers, over a made-up bakery and a lighthouse."""

import pytest

from rasgo_nb.interrupt import run_sync

_BAKERY = """
CREATE TABLE bakers (code VARCHAR PRIMARY KEY, name VARCHAR);
CREATE TABLE visits (
    id INTEGER PRIMARY KEY,
    baker VARCHAR REFERENCES bakers (code),
    visited_at TIMESTAMP,
    amount DOUBLE,
    wait DOUBLE,
    paid_at TIMESTAMP
);
CREATE TABLE beacons (name VARCHAR, year INTEGER, month INTEGER, height DOUBLE);
INSERT INTO bakers VALUES ('A', 'Anna Roll'), ('B', 'Bert Bun'), ('C', 'Cleo Cake');
INSERT INTO visits VALUES
    (1, 'A', '2023-01-05', 10, 5, '2023-01-06'), (2, 'A', '2023-11-06', 30, 9, NULL),
    (3, 'B', '2023-02-07', 50, 2, '2023-02-08'), (4, 'B', '2023-12-08', 20, 1, '2023-12-09'),
    (5, 'C', '2023-03-10', 5, 4, NULL), (6, 'A', '2023-12-29', 12, 10, '2023-12-30');
INSERT INTO beacons VALUES ('North', 1901, 1, 30.5), ('South', 1950, 2, 20);
COMMENT ON COLUMN visits.wait IS 'Wait in minutes.';
COMMENT ON COLUMN visits.paid_at IS 'When the visit was paid. NULL = the visit was cancelled.';
"""


@pytest.fixture
def bakery(shell, tmp_path):
    import duckdb

    from rasgo_nb.config import Config
    from rasgo_nb.session import Session

    with duckdb.connect(str(tmp_path / "bakery.duckdb")) as database:
        database.execute(_BAKERY)
    session = Session(shell, config=Config())
    session.connect(tmp_path / "bakery.duckdb")
    yield session
    session.close()


@pytest.fixture
def ask(bakery):
    return lambda question: run_sync(bakery.ask(question, model="offline"))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How many visits are there?", "There are **6** visits."),
        ("What is the average wait?", "The average wait is **5.17** minutes."),
        ("How many visits were cancelled?", "There are **2** cancelled visits."),
        ("What share of visits was cancelled?", "The share of cancelled visits is **33.3** %."),
        ("How many bakers were visited more than 2 times?", "**1** of the bakers has more than 2 visits."),
    ],
)
def test_a_single_number_is_said_with_what_it_counts(ask, question, answer):
    assert ask(question).answer == answer


def test_the_first_place_is_named_with_its_number_and_who_follows(ask):
    run = ask("Which bakers have the longest average wait?")
    assert (
        run.answer
        == "**A** (Anna Roll) has the longest average wait: **8** minutes, followed by C (4) and B (1.5)."
    )
    assert run.result.columns.tolist() == ["baker", "avg_wait"]


def test_an_exact_answer_stays_exact_and_the_ranking_comes_second(ask):
    run = ask("Which baker has the highest total amount?")
    exact, ranking = run.dataframes.values()
    assert exact.to_numpy().tolist() == [["B"]]
    assert ranking.to_numpy().tolist() == [
        ["B", "Bert Bun", 70.0],
        ["A", "Anna Roll", 52.0],
        ["C", "Cleo Cake", 5.0],
    ]


def test_the_top_few_carry_their_numbers(ask):
    run = ask("top 2 bakers by number of visits")
    assert "**3**" in run.answer
    assert run.result.shape == (2, 2)


def test_a_trend_says_where_it_is_high_and_how_it_went(ask):
    answer = ask("total amount per month").answer
    assert "highest in February 2023 (**50**)" in answer
    assert "From January 2023 to December 2023 it went up: from 10 to 32" in answer


def test_groups_are_counted_and_their_ends_are_named(ask):
    answer = ask("average wait by baker").answer
    assert answer.startswith(
        "There are **3** bakers: the average wait is highest for Anna Roll (**8** minutes)"
    )


def test_a_share_is_given_for_each_group(ask):
    run = ask("share of cancelled visits by baker")
    assert dict(run.result.itertuples(index=False)) == pytest.approx(
        {"Anna Roll": 100 / 3, "Bert Bun": 0, "Cleo Cake": 100}
    )


def test_a_change_compares_the_halves_of_the_period(ask):
    run = ask("Which bakers' wait got worse over the year, and is the weather the cause?")
    assert run.result.columns.tolist() == ["baker", "first_half", "second_half", "change"]
    assert run.result.iloc[0].tolist() == ["A", 5.0, 9.5, 4.5]
    assert "by **4.5** minutes" in run.answer
    assert "not why" in run.answer


def test_a_month_means_the_date_of_the_table_that_is_asked_about(ask):
    run = ask("monthly visits trend in 2023")
    assert run.result["number_of_visits"].tolist() == [1, 1, 1, 1, 2]


def test_a_day_of_the_week_is_read_from_the_date(ask):
    assert ask("busiest day of the week for visits").answer.startswith(
        "**Friday** has the most visits: **3**"
    )


def test_a_select_is_run_as_it_is(ask):
    run = ask("SELECT baker, amount FROM visits WHERE amount > 15")
    assert run.result.shape == (3, 2)
    assert "**3** rows" in run.answer


def test_a_select_that_fails_is_said_to(ask):
    assert "the database refuses it" in ask("SELECT price FROM visits").answer


@pytest.mark.parametrize("question", ["?!?", "Сколько стоит слон?", "x" * 1_000_000, "word " * 5_000])
def test_what_is_no_question_for_it_gets_a_clear_reply(ask, question):
    run = ask(question)
    assert run.status == "answered"
    assert run.answer.startswith("I cannot answer this:")
    assert "a language model is needed" in run.answer


def test_a_question_of_which_nothing_is_read_gets_no_list(ask):
    assert "I do not know what" in ask("Which bakers flambé their zeppelins?").answer
