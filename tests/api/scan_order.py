"""AWS's Scan order, modelled apart from the engine: items stand in the order of MD5("Outliers" + partition key)."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any


def number_bytes(text: str) -> bytes:
    """A number as AWS hashes it: an exponent byte and a byte for each pair of digits; a negative one is mirrored."""
    number = Decimal(text).normalize()
    if number == 0:
        return b"\x80"
    sign, digits, exponent = number.as_tuple()
    point = len(digits) + int(exponent)
    padded = ("0" if point % 2 else "") + "".join(map(str, digits))
    padded += "0" * (len(padded) % 2)
    groups = [int(padded[place : place + 2]) for place in range(0, len(padded), 2)]
    first = ((point + point % 2) // 2 - 64) & 0xFF
    if not sign:
        return bytes([first, *(group + 1 for group in groups)])
    return bytes([first ^ 0xFF, *(101 - group for group in groups), *([0x66] if len(groups) < 20 else [])])


def key_bytes(value: dict[str, Any]) -> bytes:
    """A partition key's bytes."""
    [(kind, content)] = value.items()
    return {"S": lambda: content.encode(), "B": lambda: bytes(content), "N": lambda: number_bytes(content)}[kind]()


def hash_of(value: dict[str, Any]) -> bytes:
    """What AWS orders partition keys by."""
    return hashlib.md5(b"Outliers" + key_bytes(value)).digest()


def segment_of(value: dict[str, Any], total: int) -> int:
    """The segment of a parallel scan that holds a partition key: the first 12 bits of its hash say."""
    slot = int.from_bytes(hash_of(value)[:2], "big") >> 4
    return next(segment for segment in range(total) if slot < -(-4096 * (segment + 1) // total))
