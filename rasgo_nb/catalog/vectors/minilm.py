"""MiniLM on this machine: all-MiniLM-L6-v2, run by onnxruntime, from the folder that an install made."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from rasgo_nb._optional import load, load_numpy
from rasgo_nb.config import data_path
from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy as np

    from rasgo_nb.catalog.vectors.base import TextKind

NAME = "minilm-l6-v2"
DIMENSIONS = 384
MAX_TOKENS = 256  # of one text, as the model was trained; what lies beyond is left out
MODEL_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"
MANIFEST_FILE = "manifest.json"  # written last: a folder without it is not an install

_MAX_CHARS = 3_000  # more than 256 tokens of any script; spares the tokenizer long texts
_BATCH_TOKENS = 2_048
_THREADS = 2


def minilm_folder() -> Path:
    """Where the model is kept, for all environments of this person."""
    return data_path() / "embedders" / NAME


def is_installed(folder: Path | None = None) -> bool:
    """Whether the model is there; the libraries that run it may be missing still."""
    return ((folder or minilm_folder()) / MANIFEST_FILE).is_file()


class MiniLM:
    """A ``TextEmbedder`` that needs no network. The model is loaded once for all that are open.

    ``folder`` is an install of the model; without it, that of this person.
    """

    name = NAME

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or minilm_folder()
        self._lock = threading.Lock()
        self._model: _Model | None = None
        self._is_closed = False

    def embed(self, texts: Sequence[str], *, kind: TextKind) -> np.ndarray:  # noqa: ARG002  (one space for both)
        """One row for each text: see ``TextEmbedder``.

        Raises
        ------
        MissingDependency
            when a library is not installed.
        RasgoError
            when the model is not installed, or damaged.
        """
        import numpy as np

        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        places = [place for place, text in enumerate(texts) if text.strip()]
        if places:
            self._loaded().fill(vectors, places, [texts[place][:_MAX_CHARS] for place in places])
        return vectors

    def warm(self) -> None:
        """Load the model beside, so that the first question does not wait for it."""
        load_numpy()
        threading.Thread(target=self._warm, name="rasgo_nb minilm", daemon=True).start()

    def close(self) -> None:
        """Let the model go when no other uses it."""
        with self._lock:
            self._model, self._is_closed = None, True

    def _warm(self) -> None:
        try:
            self._loaded()
        except RasgoError:  # told by the first call that needs it
            return

    def _loaded(self) -> _Model:
        with self._lock:
            if self._is_closed:
                raise RasgoError("The local model was closed. Ask again.")
            if self._model is None:
                self._model = _shared(self._folder)
            return self._model


_models: WeakValueDictionary[Path, _Model] = WeakValueDictionary()
_models_lock = threading.Lock()


def _shared(folder: Path) -> _Model:
    with _models_lock:
        model = _models.get(folder)
        if model is None:
            model = _models[folder] = _Model(folder)
        return model


class _Model:
    """The tokenizer and the graph, as they are loaded. May be used from any thread."""

    def __init__(self, folder: Path) -> None:
        _check(folder)
        purpose = "The local model for embeddings"
        tokenizers = load("tokenizers", extra="embeddings", purpose=purpose)
        onnxruntime = load("onnxruntime", extra="embeddings", purpose=purpose)
        onnxruntime.disable_telemetry_events()  # Windows builds would report to their vendor
        self._tokenizer = tokenizers.Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._session = onnxruntime.InferenceSession(
            str(folder / MODEL_FILE), _options(onnxruntime), providers=["CPUExecutionProvider"]
        )

    def fill(self, vectors: np.ndarray, places: Sequence[int], texts: Sequence[str]) -> None:
        """Put the vector of each text into its place."""
        # One by one: encode_batch starts threads of its own, and warns when the kernel forks later.
        tokens = [self._tokenizer.encode(text).ids for text in texts]
        order = sorted(range(len(tokens)), key=lambda place: len(tokens[place]))
        for batch in _batches(order, tokens):
            vectors[[places[one] for one in batch]] = self._run([tokens[one] for one in batch])

    def _run(self, batch: Sequence[Sequence[int]]) -> Any:
        import numpy as np

        longest = max(map(len, batch))
        ids = np.zeros((len(batch), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        return self._session.run(["embedding"], {"input_ids": ids, "attention_mask": mask})[0]


def _check(folder: Path) -> None:
    """Stop where the install is missing, or files are not as long as they were made."""
    try:
        sizes: dict[str, int] = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))["bytes"]
        is_whole = all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        is_whole = False
    if not is_whole:
        raise RasgoError(
            "The local model for embeddings is not installed, or not whole. Type `%rasgo embeddings install`."
        )


def _options(onnxruntime: Any) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = _THREADS
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Threads that spin while they wait would take the processor from the analyst's own work.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _batches(order: Sequence[int], tokens: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Texts of like length together, shortest first, so that little is padded."""
    batch: list[int] = []
    for place in order:
        if batch and (len(batch) + 1) * len(tokens[place]) > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch
