"""The computation of a small BERT sentence model as an ONNX file, made from its weights alone.

Nothing but the standard library and numpy is needed: the few messages of the format that a graph takes are
written here (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). Fused operators are those that
onnxruntime brings (https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

_IR_VERSION = 9
_OPSET = 17
_FUSED = "com.microsoft"
_TYPES = {"float32": 1, "uint8": 2, "int8": 3, "int32": 6, "int64": 7}


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a model's configuration its graph depends on."""

    layers: int
    heads: int
    epsilon: float  # of layer normalisation


def graph_bytes(weights: Mapping[str, np.ndarray], shape: Shape) -> bytes:
    """An ONNX file that turns ``input_ids`` and ``attention_mask`` into unit vectors, ``embedding``.

    Both inputs are int64 of shape (n, tokens); the output is float32 of shape (n, d): the mean over the
    tokens that the mask leaves, of length 1.

    Parameters
    ----------
    weights : by the names that they have in the model's file, float32
    """
    graph = _Graph()
    state = _embeddings(graph, weights, shape)
    for layer in range(shape.layers):
        state = _layer(graph, weights, shape, f"encoder.layer.{layer}", state)
    _mean(graph, state)
    return graph.file()


def _embeddings(graph: _Graph, weights: Mapping[str, np.ndarray], shape: Shape) -> str:
    words = graph.constant("words", weights["embeddings.word_embeddings.weight"])
    # There is one text in each input: all tokens are of the first type.
    places = (
        weights["embeddings.position_embeddings.weight"]
        + weights["embeddings.token_type_embeddings.weight"][0]
    )
    length = graph.node("Slice", graph.node("Shape", "input_ids"), graph.ints(1), graph.ints(2))
    place = graph.node("Slice", graph.constant("places", places), graph.ints(0), length, graph.ints(0))
    summed = graph.node("Add", graph.node("Gather", words, "input_ids"), place)
    return _normalised(graph, weights, shape, "embeddings.LayerNorm", summed)


def _normalised(graph: _Graph, weights: Mapping[str, np.ndarray], shape: Shape, name: str, state: str) -> str:
    scale = graph.constant(f"{name}.weight", weights[f"{name}.weight"])
    bias = graph.constant(f"{name}.bias", weights[f"{name}.bias"])
    return graph.node("LayerNormalization", state, scale, bias, axis=-1, epsilon=shape.epsilon)


def _layer(graph: _Graph, weights: Mapping[str, np.ndarray], shape: Shape, name: str, state: str) -> str:
    queries, keys, values = (
        _dense(graph, weights, f"{name}.attention.self.{part}", state) for part in ("query", "key", "value")
    )
    attended = graph.node(
        "MultiHeadAttention", queries, keys, values, "", "mask_int32", num_heads=shape.heads, domain=_FUSED
    )
    attended = _dense(graph, weights, f"{name}.attention.output.dense", attended)
    state = _normalised(
        graph, weights, shape, f"{name}.attention.output.LayerNorm", graph.node("Add", attended, state)
    )
    inner = graph.node("Gelu", _dense(graph, weights, f"{name}.intermediate.dense", state), domain=_FUSED)
    outer = _dense(graph, weights, f"{name}.output.dense", inner)
    return _normalised(graph, weights, shape, f"{name}.output.LayerNorm", graph.node("Add", outer, state))


def _dense(graph: _Graph, weights: Mapping[str, np.ndarray], name: str, state: str) -> str:
    import numpy as np

    weight = np.ascontiguousarray(weights[f"{name}.weight"].T)
    product = graph.node("MatMul", state, graph.constant(f"{name}.weight", weight))
    return graph.node("Add", product, graph.constant(f"{name}.bias", weights[f"{name}.bias"]))


def _mean(graph: _Graph, state: str) -> None:
    import numpy as np

    mask = graph.node("Unsqueeze", graph.node("Cast", "attention_mask", to=_TYPES["float32"]), graph.ints(2))
    total = graph.node("ReduceSum", graph.node("Mul", state, mask), graph.ints(1), keepdims=0)
    # The length of the mean is made 1 right after: the sum serves as well.
    length = graph.node("ReduceL2", total, axes=[1], keepdims=1)
    least = graph.constant("least", np.array(1e-12, dtype=np.float32))
    graph.node("Div", total, graph.node("Max", length, least), output="embedding")


@dataclass(slots=True)
class _Graph:
    """Nodes and constants in the order of their making, as the format wants them."""

    nodes: list[bytes] = field(default_factory=list)
    constants: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.node("Cast", "attention_mask", to=_TYPES["int32"], output="mask_int32")

    def node(self, kind: str, *inputs: str, output: str = "", domain: str = "", **attributes: Any) -> str:
        """Add an operation; the name of what it gives."""
        output = output or f"{kind}_{len(self.nodes)}"
        parts = [_text(1, name) for name in inputs]
        parts += [_text(2, output), _text(4, kind)]
        parts += [_bytes(5, _attribute(name, value)) for name, value in attributes.items()]
        self.nodes.append(b"".join([*parts, _text(7, domain)]))
        return output

    def constant(self, name: str, values: np.ndarray) -> str:
        """Add a tensor; its name."""
        self.constants[name] = b"".join(
            [
                *(_number(1, size) for size in values.shape),
                _number(2, _TYPES[values.dtype.name]),
                _text(8, name),
                _bytes(9, values.tobytes()),
            ]
        )
        return name

    def ints(self, *values: int) -> str:
        """A constant of whole numbers; its name."""
        import numpy as np

        return self.constant("ints_" + "_".join(map(str, values)), np.array(values, dtype=np.int64))

    def file(self) -> bytes:
        """All of it, as an ONNX file."""
        graph = b"".join(
            [
                *(_bytes(1, node) for node in self.nodes),
                _text(2, "sentence"),
                *(_bytes(5, constant) for constant in self.constants.values()),
                _bytes(11, _value("input_ids", "int64", ["n", "tokens"])),
                _bytes(11, _value("attention_mask", "int64", ["n", "tokens"])),
                _bytes(12, _value("embedding", "float32", ["n", "d"])),
            ]
        )
        opsets = [_text(1, "") + _number(2, _OPSET), _text(1, _FUSED) + _number(2, 1)]
        return b"".join([_number(1, _IR_VERSION), _bytes(7, graph), *(_bytes(8, opset) for opset in opsets)])


def _attribute(name: str, value: int | float | Sequence[int]) -> bytes:
    if isinstance(value, int):
        return _text(1, name) + _number(3, value) + _number(20, 2)
    if isinstance(value, float):
        return _text(1, name) + _tag(2, 5) + struct.pack("<f", value) + _number(20, 1)
    return _text(1, name) + b"".join(_number(8, one) for one in value) + _number(20, 7)


def _value(name: str, kind: str, sizes: Sequence[str]) -> bytes:
    dimensions = b"".join(_bytes(1, _text(2, size)) for size in sizes)
    tensor = _number(1, _TYPES[kind]) + _bytes(2, dimensions)
    return _text(1, name) + _bytes(2, _bytes(1, tensor))


def _tag(number: int, kind: int) -> bytes:
    return _varint(number << 3 | kind)


def _number(number: int, value: int) -> bytes:
    return _tag(number, 0) + _varint(value & (1 << 64) - 1)


def _text(number: int, value: str) -> bytes:
    return _bytes(number, value.encode())


def _bytes(number: int, value: bytes) -> bytes:
    return _tag(number, 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)
