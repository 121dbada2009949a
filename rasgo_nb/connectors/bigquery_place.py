"""What ``bigquery``, ``bigquery:project.dataset`` and ``bigquery://project/dataset?location=EU`` say."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from rasgo_nb.errors import ConnectionFailed

if TYPE_CHECKING:
    from rasgo_nb.connectors.request import ConnectRequest

SIGN_INS = ("adc", "user", "service_account", "workforce", "anonymous")
OTHER_NAMES = {  # as other tools call them
    "project_id": "project",
    "billing_project": "project",
    "billing_project_id": "project",
    "dataset_id": "dataset",
    "schema": "dataset",
    "region": "location",
    "credentials_path": "credentials_file",
    "keyfile": "credentials_file",
    "quota_project_id": "quota_project",
    "impersonate_service_account": "impersonate",
    "method": "sign_in",
}
_DATASET = re.compile(r"(?:(?P<project>.+)\.)?(?P<dataset>\w+)")


@dataclass(frozen=True, slots=True)
class BigQueryPlace:
    """Options of a connection; an empty text leaves it to the sign-in or to BigQuery.

    ``project`` runs and pays for the queries. ``dataset`` is looked in first, by a name of its own or as
    ``project.dataset`` where it belongs to another project.
    """

    project: str = ""
    dataset: str = ""
    location: str = ""
    quota_project: str = ""
    credentials_file: str = ""
    impersonate: str = ""
    sign_in: str = ""
    api_endpoint: str = ""
    storage_endpoint: str = ""
    client_secrets_file: str = ""

    @property
    def data_project(self) -> str:
        """The project whose tables are listed; empty where it is the one of the sign-in."""
        found = _DATASET.fullmatch(self.dataset)
        return (found["project"] if found else "") or self.project

    @property
    def dataset_name(self) -> str:
        """The dataset without its project."""
        return self.dataset.rpartition(".")[2]


def read_place(request: ConnectRequest) -> BigQueryPlace:
    """The place of a request with its options, which go before what the place says.

    Raises
    ------
    ConnectionFailed
        for an option that does not exist, or a dataset or a way to sign in that cannot be.
    """
    given = _options_of(request.place)
    given |= {_known(name): value for name, value in request.options.items() if value}
    place = BigQueryPlace(**given)
    if place.sign_in and place.sign_in not in SIGN_INS:
        raise ConnectionFailed(f"No sign_in={place.sign_in}. Take one of {', '.join(SIGN_INS)}.")
    if place.dataset and _DATASET.fullmatch(place.dataset) is None:
        raise ConnectionFailed(
            f"{place.dataset} is no dataset's name. Type `%rasgo connect bigquery:project.dataset`."
        )
    return place


def _options_of(text: str) -> dict[str, str]:
    bare, _, query = text.partition("?")
    options = {_known(name): value for name, value in parse_qsl(query)}
    if "://" in bare:
        url = urlsplit(bare)
        named = {"project": unquote(url.netloc), "dataset": unquote(url.path).strip("/")}
    else:
        named = _named(bare.strip())
    return {name: value for name, value in named.items() if value} | options


def _named(text: str) -> dict[str, str]:
    """``project`` or ``project.dataset``; a project of a domain has a dot too: ``example.com:project``."""
    project, dot, dataset = text.rpartition(".")
    if dot and _DATASET.fullmatch(dataset):
        return {"project": project, "dataset": dataset}
    return {"project": text}


def _known(name: str) -> str:
    known = [one.name for one in fields(BigQueryPlace)]
    asked = OTHER_NAMES.get(name, name)
    if asked in known:
        return asked
    near = difflib.get_close_matches(asked, known, n=1) or known
    raise ConnectionFailed(f"BigQuery takes no option {name}. Did you mean {' or '.join(near)}?")
