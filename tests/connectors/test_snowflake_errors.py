import pytest
from snowflake.connector.errors import DatabaseError, OperationalError, ProgrammingError

from rasgo_nb.connectors.snowflake_errors import SessionLost, connection_error, query_error, translated_errors
from rasgo_nb.errors import ConnectionFailed, QueryError, SignInFailed

QUERY_ID = "01b2c3d4-0000-1111-0000-000000000001"


def raised(code, state, text):
    return ProgrammingError(msg=text, errno=code, sqlstate=state, sfqid=QUERY_ID)


def translated(code, state, text):
    return query_error(raised(code, state, text), "SELECT 1")


# The vendor's own messages, as its documentation and knowledge base show them.
@pytest.mark.parametrize(
    ("code", "state", "text", "kind", "message", "place"),
    [
        (
            904, "42000", "SQL compilation error: error line 1 at position 7\ninvalid identifier 'NOPE'",
            "missing_object", "invalid identifier 'NOPE'", (1, 8),
        ),
        (
            2003, "42S02",
            "SQL compilation error:\nObject 'DB.PUBLIC.NOWHERE' does not exist or not authorized.",
            "missing_object", "Object 'DB.PUBLIC.NOWHERE' does not exist or not authorized.", (None, None),
        ),
        (
            1003, "42000", "SQL compilation error:\nsyntax error line 3 at position 4 unexpected 'FORM'.",
            "syntax", "syntax error unexpected 'FORM'.", (3, 5),
        ),
        (
            2140, "42601", "SQL compilation error:\nUnknown function FOO",
            "missing_object", "Unknown function FOO", (None, None),
        ),
        (
            1044, "42P13",
            "SQL compilation error: error line 1 at position 7\n"
            "Invalid argument types for function '+': (VARCHAR(16777216), DATE)",
            "type", "Invalid argument types for function '+': (VARCHAR(16777216), DATE)", (1, 8),
        ),
        (100038, "22018", "Numeric value 'abc' is not recognized", "type", None, (None, None)),
        (
            3001, "42501",
            "SQL access control error:\nInsufficient privileges to operate on table 'T'",
            "permission",
            "SQL access control error: Insufficient privileges to operate on table 'T'", (None, None),
        ),
        (
            630, "57014",
            "Statement reached its statement or warehouse timeout of 60 second(s) and was canceled.",
            "timeout", None, (None, None),
        ),
        (
            90073, "22000",
            "Warehouse 'WH' cannot be resumed because resource monitor 'RM' has exceeded its quota.",
            "quota", None, (None, None),
        ),
        (250001, "08001", "Could not connect to Snowflake backend after 2 attempt(s).", "network", None,
         (None, None)),
        (100051, "22012", "Division by zero", "other", "Division by zero", (None, None)),
    ],
)  # fmt: skip
def test_the_vendor_s_words_become_kind_message_and_place(code, state, text, kind, message, place):
    error = translated(code, state, text)
    assert (error.kind, error.line, error.column) == (kind, *place)
    assert error.message == (message or text)
    assert error.query_id == QUERY_ID
    assert "\n" not in str(error)


def test_the_address_of_a_request_is_not_told():
    text = (
        "Failed to execute request: HTTPSConnectionPool(host='bucket.example.com', port=443): Max retries "
        "exceeded with url: /chunk?X-Amz-Signature=abc (Caused by NewConnectionError('refused'))"
    )
    assert translated(250003, "08001", text).message == "Failed to execute request"


def test_a_missing_warehouse_is_told_with_the_option_that_sets_one():
    text = (
        "No active warehouse selected in the current session.  "
        "Select an active warehouse with the 'use warehouse' command."
    )
    assert str(translated(606, "57P03", text)).endswith("Connect again with `warehouse=NAME`.")


@pytest.mark.parametrize("code", [390104, 390112, 390114, 390195, 390303, 390318, 394304, 250002])
def test_a_session_that_ended_is_no_error_of_the_query(code):
    with pytest.raises(SessionLost), translated_errors("SELECT 1"):
        raise raised(code, "08001", "Authentication token has expired.")


def test_an_unknown_code_is_told_by_the_sql_state():
    assert translated(99_999, "42501", "no").kind == "permission"
    assert translated(99_999, "ZZ000", "no").kind == "other"


@pytest.mark.parametrize(
    ("error", "kind", "told"),
    [
        (
            DatabaseError(
                msg="Failed to connect to DB: x.snowflakecomputing.com:443. Role 'NOPE' specified in the "
                "connect string does not exist or not authorized.",
                errno=390189,
            ),
            ConnectionFailed,
            r"^Role 'NOPE' .* Give another role= to `%rasgo connect snowflake:prod`\.$",
        ),
        (
            DatabaseError(
                msg="Failed to connect to DB: x:443, Incorrect username or password.", errno=390100
            ),
            SignInFailed,
            r"Incorrect username or password\. Type `%rasgo connect snowflake:prod` to sign in again\.$",
        ),
        (
            OperationalError(msg="404 Not Found: post https://nope.snowflakecomputing.com", errno=290404),
            ConnectionFailed,
            r"^Snowflake knows no such account\. Give `account=ORGANISATION-ACCOUNT`",
        ),
        (
            OperationalError(msg="Could not connect to Snowflake backend after 2 attempt(s).", errno=250001),
            ConnectionFailed,
            r"cannot be reached.*`host=`.*`%rasgo connect snowflake:prod` again",
        ),
    ],
)
def test_what_keeps_a_connection_from_opening_ends_with_what_to_type(error, kind, told):
    mapped = connection_error(error, "snowflake:prod")
    assert type(mapped) is kind
    with pytest.raises(kind, match=told):
        raise mapped


def test_errors_of_our_own_pass():
    with pytest.raises(QueryError, match="ours"), translated_errors("SELECT 1"):
        raise QueryError("ours")
