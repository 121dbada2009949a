"""5 million rows by 8 columns from BigQuery into pandas: rasgo_nb against the client's own fastest way.

Over the stand-in of the tests, whose Storage Read API sends the same batches to both.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.against_driver import QUICK_ROWS, ROWS, compared, measured, measured_whole
from benchmarks.figures import ROOT, need_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from benchmarks.figures import Figure

SQL = "SELECT * FROM mixed"
TABLE = """
SELECT
    i * 7919 % 1000003 AS quantity,
    i * 1000003 AS id,
    (i * 7919 % 100000007) / 100.0::DOUBLE AS price,
    sqrt(i) AS weight,
    'order ' || md5(i::VARCHAR) AS reference,
    DATE '2015-01-01' + (i % 3650)::INTEGER AS ordered_on,
    (TIMESTAMP '2015-01-01' + to_microseconds(i * 1234567))::TIMESTAMPTZ AS shipped_at,
    i % 3 = 0 AS is_returned
FROM range({rows}) AS numbers(i)
"""


def figures(*, quick: bool) -> list[Figure]:
    """Time and memory of the whole table."""
    need_memory(3 if quick else 8)
    with served(QUICK_ROWS if quick else ROWS) as (url, storage_url):
        return compared("bigquery", by_connection, by_driver, rounds=3, url=url, storage_url=storage_url)


@contextmanager
def served(rows: int) -> Iterator[tuple[str, str]]:
    """The two addresses of a stand-in that has the table as the answer of the query, so that none runs."""
    sys.path.insert(0, str(ROOT / "tests"))
    from peers.bigquery_peer import running_bigquery

    with running_bigquery() as peer:
        peer.tables.add_dataset("shop", "main")
        fields, table = peer.tables.answer(TABLE.format(rows=rows))
        peer.tables.answers[SQL] = fields, table
        peer.tables.answers[f"{SQL} LIMIT 10"] = fields, table.slice(0, 5_000)  # what loads the streams, too
        yield peer.url, peer.storage_url


def by_driver(url: str, storage_url: str) -> dict[str, float]:
    """``to_arrow`` over the Storage Read API, and pyarrow's conversion that frees column by column."""
    import grpc
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import bigquery, bigquery_storage
    from google.cloud.bigquery_storage_v1.services.big_query_read.transports import BigQueryReadGrpcTransport

    client = bigquery.Client("shop", credentials=AnonymousCredentials(), client_options={"api_endpoint": url})
    options = [("grpc.max_receive_message_length", -1)]
    channel = grpc.insecure_channel(storage_url.removeprefix("http://"), options=options)
    reader = bigquery_storage.BigQueryReadClient(transport=BigQueryReadGrpcTransport(channel=channel))

    def frame_of(sql: str) -> pd.DataFrame:
        table = client.query(sql).to_arrow(bqstorage_client=reader)
        return table.to_pandas(split_blocks=True, self_destruct=True, date_as_object=False)

    return measured(frame_of, SQL)


def by_connection(url: str, storage_url: str) -> dict[str, float]:
    """The connection of rasgo_nb."""
    from rasgo_nb.connectors.bigquery import connect
    from rasgo_nb.connectors.request import ConnectRequest

    options = {"sign_in": "anonymous", "api_endpoint": url, "storage_endpoint": storage_url}
    return measured_whole(connect(ConnectRequest("shop.main", options, name="mixed")), SQL)
