"""The clients of one connection, and the first look whether its place is there."""

from __future__ import annotations

import difflib
import threading
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.bigquery_errors import translated_errors
from rasgo_nb.connectors.bigquery_job import CALL_S, patient
from rasgo_nb.errors import ConnectionFailed, QueryError

if TYPE_CHECKING:
    from google.cloud import bigquery

    from rasgo_nb.connectors.bigquery_place import BigQueryPlace
    from rasgo_nb.connectors.bigquery_sign_in import SignIn

FIRST_LOOK_S = 5.0  # for how long a person waits to hear that nobody is there


class BigQueryLink:
    """The REST client, and the one for streams, made when a first large result asks for it."""

    def __init__(self, place: BigQueryPlace, signed_in: SignIn) -> None:
        from google.cloud import bigquery

        self.project = place.project or signed_in.project
        if not self.project:
            raise ConnectionFailed(
                "Which project runs the queries? Type `%rasgo connect bigquery:project`, "
                "or `gcloud config set project PROJECT` in a terminal first."
            )
        self.mend = signed_in.mend
        self.forget_sign_in = signed_in.forget
        self.client = bigquery.Client(
            project=self.project,
            credentials=signed_in.credentials,
            location=place.location or None,
            client_options={"api_endpoint": place.api_endpoint} if place.api_endpoint else None,
        )
        self._credentials = signed_in.credentials
        self._place = place
        self._making = threading.Lock()
        self._reader: Any = None
        # another endpoint for REST alone leaves none for streams
        self._has_reader = bool(place.storage_endpoint) or not place.api_endpoint

    def reader(self) -> Any:
        """The client for streams; None where they are not installed, configured or allowed."""
        with self._making:
            if self._reader is None and self._has_reader:
                self._reader = self._made_reader()
                self._has_reader = self._reader is not None
            return self._reader

    def do_without_reader(self) -> None:
        """There are no streams for this sign-in."""
        with self._making:
            self._reader, self._has_reader = None, False

    def close(self) -> None:
        """Let go of the network connections."""
        self.client.close()  # type: ignore[no-untyped-call]
        reader = self._reader
        if reader is not None:
            reader.transport.close()

    def _made_reader(self) -> Any:
        try:
            from google.cloud.bigquery_storage_v1.services import big_query_read
        except ImportError:
            return None
        endpoint = self._place.storage_endpoint
        if endpoint.startswith("http://"):
            return big_query_read.BigQueryReadClient(transport=_plain_transport(endpoint))
        options = {"api_endpoint": endpoint} if endpoint else None
        return big_query_read.BigQueryReadClient(credentials=self._credentials, client_options=options)


def _plain_transport(endpoint: str) -> Any:
    """Without TLS, for a stand-in on this machine."""
    import grpc  # type: ignore[import-untyped]
    from google.cloud.bigquery_storage_v1.services.big_query_read.transports import BigQueryReadGrpcTransport

    options = [("grpc.max_receive_message_length", -1)]
    channel = grpc.insecure_channel(endpoint.removeprefix("http://"), options=options)
    return BigQueryReadGrpcTransport(channel=channel)


def check_place(link: BigQueryLink, place: BigQueryPlace) -> None:
    """Return when the project, and the dataset where one is named, can be read.

    Raises
    ------
    ConnectionFailed, SignInFailed
        with what to type.
    """
    try:
        with translated_errors("", link.mend):
            if place.dataset:
                _check_dataset(link.client, place, place.data_project or link.project)
            else:
                listed = link.client.list_datasets(max_results=1, retry=patient(FIRST_LOOK_S), timeout=CALL_S)
                next(iter(listed), None)
    except QueryError as error:
        raise _not_connected(error, link.project) from None


def _check_dataset(client: bigquery.Client, place: BigQueryPlace, project: str) -> None:
    from google.api_core.exceptions import NotFound

    try:
        found = client.get_dataset(
            f"{project}.{place.dataset_name}", retry=patient(FIRST_LOOK_S), timeout=CALL_S
        )
    except NotFound:
        names = [
            str(one.dataset_id)
            for one in client.list_datasets(project, retry=patient(FIRST_LOOK_S), timeout=CALL_S)
        ]
        near = difflib.get_close_matches(place.dataset_name, names, n=3, cutoff=0.4) or sorted(names)[:10]
        offered = ", ".join(f"`%rasgo connect bigquery:{project}.{name}`" for name in near)
        raise ConnectionFailed(
            f"No dataset {place.dataset_name} in {project}. "
            + (f"Type {offered}." if near else f"Type `%rasgo connect bigquery:{project}`.")
        ) from None
    location = found.location or ""
    if place.location and location.casefold() != place.location.casefold():
        raise ConnectionFailed(
            f"Dataset {place.dataset_name} lies in {location}, not in {place.location}. "
            f"Leave the location out, or connect with location={location}."
        )


def _not_connected(error: QueryError, project: str) -> ConnectionFailed:
    said = error.message.rstrip(".")
    if error.kind == "missing_object":
        return ConnectionFailed(
            f"{said}. Look at the project's id with `gcloud projects list`, then type "
            "`%rasgo connect bigquery:project`."
        )
    if error.kind == "permission":
        return ConnectionFailed(
            f"{said}. Ask for the role BigQuery User in {project}, or connect with another project."
        )
    if error.kind == "network":
        return ConnectionFailed(f"{said}. Look at the network and connect again.")
    return ConnectionFailed(f"{said}. Mend it and connect again.")
