import base64
import threading
import time
import urllib.request
import webbrowser

import pytest

from rasgo_nb.connectors.request import ConnectRequest
from rasgo_nb.connectors.snowflake import connect
from rasgo_nb.errors import ConnectionFailed, SignInFailed
from rasgo_nb.secret_store import SecretsInMemory

NOT_THERE = ("password", "user", "token_file_path")


@pytest.fixture
def peer(snowflake_peer):
    yield snowflake_peer
    snowflake_peer.set()


@pytest.fixture
def secrets():
    return SecretsInMemory()


@pytest.fixture
def sign_in(peer, secrets):
    """Connects with these options, on top of those that reach the stand-in."""
    opened = []

    def sign_in(place="", *, without=(), **options):
        known = {name: value for name, value in peer.options.items() if name not in without}
        asked = ConnectRequest(place=place, options=known | options, name="wh", secrets=secrets)
        opened.append(connect(asked))
        return opened[-1]

    yield sign_in
    for connection in opened:
        connection.close()


def one(connection):
    return connection.run_query("SELECT 1 AS one").frame.iloc[0, 0]


@pytest.fixture
def key_file(peer, tmp_path):
    """A private key, whose public half the stand-in knows, without and with a password."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048)
    public = key.public_key().public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo)
    peer.set(public_key=base64.b64encode(public).decode())

    def written(name, encryption):
        path = tmp_path / name
        path.write_bytes(key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, encryption))
        return str(path)

    written("locked.p8", form.BestAvailableEncryption(b"key-password"))
    return written("key.p8", form.NoEncryption())


@pytest.fixture
def browser():
    """A browser that goes where it is sent, without TLS, as a person would who is signed in there already."""

    class Follower(webbrowser.BaseBrowser):
        def open(self, url, new=0, autoraise=True):
            threading.Thread(target=self.follow, args=(url,), daemon=True).start()
            return True

        def follow(self, url):
            with urllib.request.urlopen(url.replace("https", "http", 1), timeout=10) as page:
                page.read()

    webbrowser.register("follower", None, Follower("follower"), preferred=True)
    yield
    webbrowser._tryorder.remove("follower")


def test_a_password_comes_from_the_store(sign_in, secrets, peer):
    secrets.keep("wh.password", "secret")
    assert one(sign_in()) == 1
    assert peer.logins()[-1]["LOGIN_NAME"] == "ada"


def test_a_wrong_password_is_told_with_the_command_and_without_the_password(sign_in, secrets):
    secrets.keep("wh.password", "pa55word")
    with pytest.raises(SignInFailed, match=r"Incorrect username.*%rasgo connect snowflake") as caught:
        sign_in()
    assert "pa55word" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, r"needs password: .*`authenticator=externalbrowser`"),
        ({"authenticator": "oauth"}, "needs token or token_file_path: add `token_file_path=`"),
        ({"authenticator": "snowflake_jwt"}, "needs private_key_file or private_key: add `private_key_file="),
        ({"authenticator": "oauth_client_credentials"}, "needs oauth_client_id: add `oauth_client_id=`"),
        ({"authenticator": "workload_identity"}, "needs workload_identity_provider"),
        (
            {"authenticator": "workload_identity", "workload_identity_provider": "OIDC"},
            "needs token or token_file_path",
        ),
        ({"authenticator": "smoke_signals"}, "no sign-in smoke_signals.*externalbrowser"),
    ],
)
def test_what_a_sign_in_lacks_is_told_before_the_driver_is_asked(sign_in, peer, options, told):
    before = len(peer.logins())
    with pytest.raises(SignInFailed, match=told):
        sign_in(**options)
    assert len(peer.logins()) == before


def test_a_key_pair_signs_what_the_server_checks(sign_in, key_file, peer):
    assert one(sign_in(private_key_file=key_file)) == 1
    assert peer.logins()[-1]["AUTHENTICATOR"] == "SNOWFLAKE_JWT"


def test_a_key_with_a_password_is_opened_by_the_store_s(sign_in, key_file, secrets):
    locked = key_file.replace("key.p8", "locked.p8")
    with pytest.raises(SignInFailed, match="private_key_file_pwd"):
        sign_in(private_key_file=locked)
    secrets.keep("wh.private_key_file_pwd", "key-password")
    assert one(sign_in(private_key_file=locked)) == 1


def test_a_key_that_the_server_does_not_know_is_refused(sign_in, key_file, peer):
    peer.set(public_key="")
    with pytest.raises(SignInFailed, match="JWT token is invalid"):
        sign_in(private_key_file=key_file)


def test_a_key_file_that_is_missing_is_told_by_its_path(sign_in, tmp_path):
    with pytest.raises(SignInFailed, match=r"There is no file .*gone\.p8"):
        sign_in(private_key_file=str(tmp_path / "gone.p8"))


def test_a_programmatic_access_token_signs_in(sign_in, secrets, peer):
    secrets.keep("wh.token", "good-pat")
    assert one(sign_in(authenticator="programmatic_access_token", without=["user"])) == 1
    secrets.keep("wh.token", "revoked")
    with pytest.raises(SignInFailed, match="Programmatic access token is invalid"):
        sign_in(authenticator="programmatic_access_token")


def test_a_workload_identity_sends_its_provider_and_token(sign_in, secrets, peer):
    secrets.keep("wh.token", "eyJhbGciOiJub25lIn0.eyJpc3MiOiJhIiwic3ViIjoiYiJ9.c2ln")
    # The driver gives such a token to Snowflake's own hosts alone; the stand-in plays the proxy before one.
    place = {"host": "x.snowflakecomputing.com", "proxy_host": "127.0.0.1", "proxy_port": str(peer.port)}
    way = {"authenticator": "workload_identity", "workload_identity_provider": "OIDC"}
    assert one(sign_in(**way, **place, without=["user", "port"], port="80")) == 1
    login = peer.logins()[-1]
    assert (login["AUTHENTICATOR"], login["PROVIDER"]) == ("WORKLOAD_IDENTITY", "OIDC")


def test_a_token_file_is_read_again_when_the_token_lapsed(sign_in, peer, tmp_path):
    file = tmp_path / "token"
    file.write_text("good-token")
    connection = sign_in(authenticator="oauth", token_file_path=str(file))
    peer.set(oauth_token="newer-token")
    file.write_text("newer-token")
    peer.expire("390318")
    assert one(connection) == 1
    assert peer.logins()[-1]["TOKEN"] == "newer-token"


def test_a_token_that_was_revoked_in_the_middle_asks_to_sign_in_again(sign_in, peer, secrets):
    secrets.keep("wh.token", "good-token")
    connection = sign_in(authenticator="oauth")
    peer.set(oauth_token="another")
    peer.expire("390303")
    with pytest.raises(SignInFailed, match=r"Invalid OAuth access token.*%rasgo connect snowflake") as caught:
        one(connection)
    assert "good-token" not in str(caught.value)
    secrets.keep("wh.token", "another")
    assert one(connection) == 1


def client_credentials(peer):
    return {
        "authenticator": "oauth_client_credentials",
        "oauth_client_id": "client",
        "oauth_token_request_url": f"http://127.0.0.1:{peer.port}/oauth/token-request",
        "oauth_scope": "session:role:READER",
    }


def test_client_credentials_get_a_token_and_a_new_one_in_the_middle_of_a_run(sign_in, peer, secrets):
    secrets.keep("wh.oauth_client_secret", "client-secret")
    connection = sign_in(**client_credentials(peer), without=["user"])
    first = peer.logins()[-1]["TOKEN"]
    peer.expire("390318")
    assert one(connection) == 1
    assert peer.logins()[-1]["TOKEN"] not in ("", first)


def test_client_credentials_that_are_wrong_are_told(sign_in, peer, secrets):
    secrets.keep("wh.oauth_client_secret", "wrong")
    with pytest.raises(ConnectionFailed) as caught:
        sign_in(**client_credentials(peer))
    assert "wrong" not in str(caught.value)


def test_a_session_that_lapsed_is_renewed_without_a_sign_in(sign_in, peer, secrets):
    secrets.keep("wh.password", "secret")
    connection = sign_in()
    signed_in = len(peer.logins())
    peer.set(expire_after=1, expire_with="390112")
    assert [one(connection), one(connection)] == [1, 1]
    assert len(peer.logins()) == signed_in


@pytest.mark.parametrize("code", ["390104", "390114", "390195"])
def test_a_session_that_ended_is_opened_again(sign_in, peer, secrets, code):
    secrets.keep("wh.password", "secret")
    connection = sign_in()
    signed_in = len(peer.logins())
    peer.expire(code)
    assert one(connection) == 1
    assert len(peer.logins()) == signed_in + 1


def test_single_sign_on_opens_the_browser_and_is_not_repeated_unasked(sign_in, peer, browser, capsys):
    connection = sign_in(authenticator="externalbrowser")
    assert one(connection) == 1
    peer.expire("390114")
    started = time.monotonic()
    with pytest.raises(SignInFailed, match="%rasgo connect snowflake"):
        one(connection)
    assert time.monotonic() - started < 3


def authorization_code(peer):
    address = f"127.0.0.1:{peer.port}/oauth"
    return {
        "authenticator": "oauth_authorization_code",
        "oauth_client_id": "client",
        "oauth_authorization_url": f"https://{address}/authorize",
        "oauth_token_request_url": f"http://{address}/token-request",
        "oauth_enable_refresh_tokens": "true",
    }


def test_an_authorization_code_is_refreshed_from_the_store_of_secrets(
    sign_in, peer, secrets, browser, capsys
):
    secrets.keep("wh.oauth_client_secret", "client-secret")
    connection = sign_in(**authorization_code(peer))
    assert secrets.find("wh.oauth_refresh_token") == "refresh"
    lapsed = peer.logins()[-1]["TOKEN"]
    peer.set(lapsed_tokens=[lapsed])
    peer.expire("390318")
    assert one(connection) == 1
    grants = [login.get("grant_type") for login in peer.logins() if "grant_type" in login]
    assert grants[-2:] == ["authorization_code", "refresh_token"]


def test_no_secret_is_in_a_repr(sign_in, secrets):
    secrets.keep("wh.password", "secret")
    connection = sign_in()
    assert "secret" not in repr(connection) + repr(vars(connection))
