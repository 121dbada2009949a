"""A question, and the SQL that it becomes."""

import pytest


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many books are there?", "SELECT COUNT(*) AS number_of_books FROM books"),
        ("List the title and price of all books", "SELECT title, price FROM books"),
        ("Show all the different genres", "SELECT DISTINCT genre FROM books"),
        (
            "How many different genres are there?",
            "SELECT COUNT(DISTINCT genre) AS number_of_genres FROM books",
        ),
        ("What is the average price of books?", "SELECT AVG(price) AS avg_price FROM books"),
        (
            "What are the minimum and maximum age of members?",
            "SELECT MIN(age) AS min_age, MAX(age) AS max_age FROM members",
        ),
    ],
)
def test_lists_counts_and_aggregates(sql, question, expected):
    assert sql(question) == expected


@pytest.mark.parametrize(
    ("question", "condition"),
    [
        ("titles of books with a price higher than 20", "price > 20"),
        ("titles of books with price between 10 and 20", "price BETWEEN 10 AND 20"),
        ("titles of books with at least 300 pages", "page_count >= 300"),
        ("titles of books whose genre is not Poetry", "genre <> 'Poetry'"),
        ('titles of books whose genre is "crime"', "genre = 'Crime'"),
        ("titles of books whose title contains the word 'moon'", "title ILIKE '%moon%'"),
        ("titles of books whose title starts with 'The'", "title ILIKE 'The%'"),
        ("titles of crime books", "genre = 'Crime'"),
        ("titles of books whose genre is Crime or Travel", "(genre = 'Crime' OR genre = 'Travel')"),
        ("titles of books published in 2019", "EXTRACT(year FROM published) = 2019"),
        ("titles of books published after 2019", "EXTRACT(year FROM published) > 2019"),
    ],
)
def test_conditions_become_where(sql, question, condition):
    assert sql(question) == f"SELECT title FROM books WHERE {condition}"


def test_adjectives_mean_the_column_that_they_measure(sql):
    assert sql("first names of members older than twenty").endswith("WHERE age > 20")


def test_the_most_expensive_is_the_first_by_price(sql):
    assert sql("What is the title of the most expensive book?") == (
        "SELECT title FROM books WHERE price IS NOT NULL ORDER BY price DESC LIMIT 1"
    )


def test_sex_is_understood_by_its_initial(sql):
    assert (
        sql("How many female members are there?")
        == "SELECT COUNT(*) AS number_of_members FROM members WHERE sex = 'F'"
    )


def test_above_the_average_is_a_query_in_the_condition(sql):
    assert sql("titles of books with price above the average price") == (
        "SELECT title FROM books WHERE price > (SELECT AVG(price) AS avg_price FROM books)"
    )


def test_each_group_shows_its_name_and_its_count(sql):
    assert sql("How many books are there for each genre?") == (
        "SELECT genre, COUNT(*) AS number_of_books FROM books GROUP BY genre"
    )


def test_groups_may_need_a_number_of_rows(sql):
    assert sql("Which genres have at least 3 books?").endswith("GROUP BY genre HAVING COUNT(*) >= 3")


def test_the_one_with_the_most_rows_of_another_table_comes_first(sql):
    text = sql("Which author has the most books?")
    assert text.startswith("SELECT authors.name FROM")
    assert text.endswith("GROUP BY authors.name, authors.id ORDER BY COUNT(*) DESC LIMIT 1")


def test_tables_join_along_their_keys(sql):
    text = sql("Show the titles of books by authors from France")
    assert "books.author_id = authors.id" in text or "authors.id = books.author_id" in text
    assert text.endswith("WHERE authors.country = 'France'")


def test_a_bridge_between_two_tables_is_found(sql):
    text = sql("Show the first name of members and the title of the books in their loans")
    assert "JOIN" in text
    assert "loans" in text
    assert "authors" not in text


def test_without_any_becomes_not_in(sql):
    assert sql("Show the names of authors without any books") == (
        "SELECT name FROM authors WHERE id NOT IN (SELECT author_id FROM books WHERE author_id IS NOT NULL)"
    )


def test_sorted_by_says_the_order(sql):
    assert sql("List the titles of books sorted by price in descending order") == (
        "SELECT title FROM books ORDER BY price DESC"
    )


def test_a_misspelt_word_still_finds_its_column(sql):
    assert sql("What is the average prise of books?") == ("SELECT AVG(price) AS avg_price FROM books")


def test_a_trend_over_time_is_grouped_by_month(sql):
    assert sql("number of books per month") == (
        "SELECT DATE_TRUNC('month', published) AS published_month, COUNT(*) AS number_of_books FROM books "
        "GROUP BY DATE_TRUNC('month', published)"
    )


def test_a_share_is_of_its_condition(sql):
    assert sql("What is the share of crime books?") == (
        "SELECT 100.0 * AVG(CASE WHEN genre = 'Crime' THEN 1 ELSE 0 END) AS share_pct FROM books"
    )


@pytest.mark.parametrize(
    ("question", "condition"),
    [
        ("What is the average price in 2019?", "EXTRACT(year FROM published) = 2019"),
        ("average price in july", "EXTRACT(month FROM published) = 7"),
    ],
)
def test_a_time_is_said_of_the_table_that_is_measured(sql, question, condition):
    assert sql(question).endswith(f"WHERE {condition}")
