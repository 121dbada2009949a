import json
import sys
import webbrowser

import pytest
from peers.bigquery_data import load_data_set
from peers.bigquery_peer import running_bigquery
from peers.google_tokens import running_google_tokens

from rasgo_nb.connectors.bigquery import connect
from rasgo_nb.connectors.bigquery_place import read_place
from rasgo_nb.connectors.bigquery_sign_in import sign_in
from rasgo_nb.connectors.request import ConnectRequest
from rasgo_nb.errors import ConnectionFailed, SignInFailed
from rasgo_nb.secret_store import SecretsInMemory

# a browser that comes back at once, as those with a window do
VISIT = """
import subprocess, sys
visit = "import sys, urllib.request as u; u.urlopen(sys.argv[1]).read()"
subprocess.Popen([sys.executable, "-c", visit, sys.argv[1]])
"""


@pytest.fixture(scope="module")
def endpoint():
    with running_google_tokens() as tokens:
        yield tokens


@pytest.fixture
def tokens(endpoint):
    endpoint.issued.clear()
    endpoint.lifetime_s, endpoint.is_revoked = 3600, False
    return endpoint


@pytest.fixture(scope="module")
def guarded():
    """A BigQuery that takes tokens of the endpoint alone."""
    with running_bigquery() as peer:
        load_data_set(peer.tables)
        yield peer


@pytest.fixture
def place(guarded, tokens, monkeypatch, tmp_path):
    """Options of a BigQuery that knows the tokens, in a home without a sign-in."""
    guarded.tokens = tokens.issued
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    return {"api_endpoint": guarded.url, "project": "shop", "dataset": "main"}


def opened(options, secrets=None):
    return connect(ConnectRequest("", options, name="shop", secrets=secrets or SecretsInMemory()))


def written(tmp_path, content):
    path = tmp_path / "credentials.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def count(connection):
    return connection.run_query("SELECT count(*) AS n FROM people").frame.iloc[0, 0]


def test_a_service_account_signs_in_with_its_key(place, tokens, tmp_path):
    key = written(tmp_path, tokens.service_account())
    assert count(opened(place | {"credentials_file": key})) == 3
    assert set(tokens.issued.values()) == {"jwt-bearer"}


def test_a_service_account_key_may_be_among_the_secrets(place, tokens):
    secrets = SecretsInMemory()
    secrets.keep("shop.service_account", json.dumps(tokens.service_account()))
    assert count(opened(place | {"sign_in": "service_account"}, secrets)) == 3


def test_the_project_of_a_service_account_runs_the_queries(place, tokens, tmp_path):
    key = written(tmp_path, tokens.service_account())
    options = {name: value for name, value in place.items() if name != "project"}
    assert count(opened(options | {"credentials_file": key})) == 3


def test_workforce_identity_exchanges_the_token_of_the_company(place, tokens, tmp_path):
    (tmp_path / "token").write_text("token-of-the-company")
    file = written(tmp_path, tokens.workforce(str(tmp_path / "token")))
    assert count(opened(place | {"credentials_file": file, "sign_in": "workforce"})) == 3
    assert set(tokens.issued.values()) == {"token-exchange"}


def test_application_default_credentials_are_taken_without_a_word(place, tokens, tmp_path, monkeypatch):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", written(tmp_path, tokens.service_account()))
    assert count(opened(place)) == 3


def test_workload_identity_ends_in_a_service_account(place, tokens, tmp_path):
    (tmp_path / "token").write_text("token-of-the-company")
    file = written(tmp_path, tokens.workload(str(tmp_path / "token")))
    assert count(opened(place | {"credentials_file": file})) == 3
    assert list(tokens.issued.values()) == ["token-exchange", "impersonation for 3600s"]


def test_a_service_account_can_be_impersonated(tokens, tmp_path):
    key = written(tmp_path, tokens.service_account())
    options = {"credentials_file": key, "impersonate": "other@shop.iam.gserviceaccount.com"}
    request = ConnectRequest("", options)
    found = sign_in(read_place(request), request)
    assert (found.credentials.service_account_email, found.project) == (options["impersonate"], "shop")
    assert "Token Creator on other@shop" in found.mend


def test_a_person_signs_in_in_the_browser_once(place, tokens, tmp_path, monkeypatch):
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    (tmp_path / "visit.py").write_text(VISIT)
    monkeypatch.setenv("BROWSER", f"{sys.executable} {tmp_path / 'visit.py'} %s")
    monkeypatch.setattr(webbrowser, "_tryorder", None)  # BROWSER is read but once in a process
    client = written(tmp_path, tokens.oauth_client())
    secrets = SecretsInMemory()
    options = place | {"sign_in": "user", "client_secrets_file": client}
    assert count(opened(options, secrets)) == 3
    assert "refresh-1" in secrets.find("shop.token")
    assert count(opened(options, secrets)) == 3
    assert list(tokens.issued.values()) == ["authorization_code", "refresh_token"]


def test_a_revoked_sign_in_of_a_person_is_forgotten(place, tokens):
    secrets = SecretsInMemory()
    client = {"token_uri": f"{tokens.url}/token", "client_id": "client", "client_secret": "s"}
    secrets.keep("shop.token", json.dumps(client | {"refresh_token": "refresh-1"}))
    connection = opened(place | {"sign_in": "user"}, secrets)
    tokens.is_revoked = True
    lapse(tokens)
    with pytest.raises(SignInFailed, match="browser opens"):
        count(connection)
    assert secrets.find("shop.token") == ""


def lapse(tokens):
    """The tokens so far are not taken any longer."""
    tokens.issued.clear()


def test_a_token_is_renewed_before_it_lapses(place, tokens, tmp_path):
    tokens.lifetime_s = 200  # google-auth renews what lapses within four minutes
    connection = opened(place | {"credentials_file": written(tmp_path, tokens.service_account())})
    before = len(tokens.issued)
    assert count(connection) == 3
    assert len(tokens.issued) > before


def test_a_token_that_lapses_between_two_steps_is_renewed(place, tokens, tmp_path):
    connection = opened(place | {"credentials_file": written(tmp_path, tokens.service_account())})
    lapse(tokens)
    assert count(connection) == 3


def test_a_sign_in_revoked_in_the_middle_says_how_to_mend_it(place, tokens, tmp_path, monkeypatch):
    file = written(tmp_path, tokens.service_account())
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", file)
    connection = opened(place)
    tokens.is_revoked = True
    lapse(tokens)
    with pytest.raises(SignInFailed, match=r"expired or revoked.*gcloud auth application-default login"):
        count(connection)
    tokens.is_revoked = False
    assert count(connection) == 3


def test_a_token_that_is_not_taken_is_told_as_such(place, tokens, tmp_path, guarded):
    connection = opened(place | {"credentials_file": written(tmp_path, tokens.service_account())})
    guarded.tokens = {}
    with pytest.raises(SignInFailed, match=r"invalid authentication credentials.*ask again") as caught:
        count(connection)
    assert "access-" not in str(caught.value)


def test_without_any_sign_in_one_line_says_what_to_type(place):
    with pytest.raises(SignInFailed, match=r"no sign-in yet\. Type `gcloud auth application-default login`"):
        opened(place)


def test_a_file_named_by_the_environment_that_is_not_there_is_named(place, monkeypatch, tmp_path):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "gone.json"))
    with pytest.raises(SignInFailed, match=r"gone\.json was not found.*gcloud auth"):
        opened(place)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("no JSON", "no JSON that Google makes"),
        ('{"private_key": "x"}', "has no `type`"),
        ('{"type": "pet"}', "type pet are not known"),
        ('{"type": "service_account", "private_key": "x"}', "not complete"),
        ('{"type": "authorized_user"}', "not complete"),
    ],
)
def test_a_credentials_file_that_is_none_is_told(place, tmp_path, content, said):
    with pytest.raises(ConnectionFailed, match=said):
        opened(place | {"credentials_file": written(tmp_path, content)})


def test_a_missing_credentials_file_is_named(place, tmp_path):
    with pytest.raises(ConnectionFailed, match=r"nowhere\.json cannot be read: No such file"):
        opened(place | {"credentials_file": str(tmp_path / "nowhere.json")})


def test_no_secret_is_in_a_repr(place, tokens, tmp_path):
    key = tokens.service_account()
    secrets = SecretsInMemory()
    secrets.keep("shop.service_account", json.dumps(key))
    request = ConnectRequest("", place, name="shop", secrets=secrets)
    assert key["private_key"][30:60] not in repr(request) + repr(connect(request))
