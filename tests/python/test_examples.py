"""The examples in docstrings run, and say what happens."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import statordb

MODULES = sorted(
    module.name.removeprefix("statordb.")
    for module in pkgutil.walk_packages(statordb.__path__, "statordb.")
    if module.name != "statordb.__main__"
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_a_module_run(name) -> None:
    if name == "boto":
        pytest.importorskip("boto3")
    if name == "demo":
        pytest.importorskip("airportsdata")
    failed, _ = doctest.testmod(importlib.import_module(f"statordb.{name}"))
    assert failed == 0


def test_examples_of_the_package_run() -> None:
    assert doctest.testmod(statordb).failed == 0


def test_every_public_name_is_there() -> None:
    for name in statordb.__all__:
        assert hasattr(statordb, name)
