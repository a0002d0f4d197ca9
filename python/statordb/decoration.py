"""What a decorator does to functions and classes so that their code runs while something is open.

`decorated` takes a function of any kind, or a class of tests, and a maker of context managers; each call of the
function, and each test of the class with its set-up and tear-down, runs inside a fresh one. What would run outside,
without anybody seeing it, is refused with TypeError.
"""

from __future__ import annotations

import functools
import inspect
import types
import unittest
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractContextManager

__all__ = ["decorated"]

FUNCTIONS = (types.FunctionType, types.MethodType, types.BuiltinFunctionType, functools.partial)
ONCE_A_CLASS = ("setup_class", "teardown_class", "setUpClass", "tearDownClass")


def decorated(thing: Any, opener: Callable[[], AbstractContextManager[Any]]) -> Any:
    """Return the function or class, each call or test of which runs inside what `opener` makes.

    Raises `TypeError` for what is neither, and for classes with set-up that many tests share.
    """
    if isinstance(thing, type):
        return _decorated_class(thing, opener)
    if isinstance(thing, (staticmethod, classmethod)):
        return type(thing)(_decorated_function(thing.__func__, opener))
    if isinstance(thing, FUNCTIONS):
        return _decorated_function(thing, opener)
    if _fixture_marker(thing) is not None:
        raise TypeError("mock cannot see into a fixture: put it below `@pytest.fixture`, next to the function")
    raise TypeError(f"mock decorates functions, methods and classes of tests, not {thing!r}")


def _decorated_function(function: Any, opener: Callable[[], AbstractContextManager[Any]]) -> Any:
    """Run each call of a function of any kind inside what `opener` makes; for generators, until they end."""

    async def awaited(*arguments: Any, **keywords: Any) -> Any:
        with opener():
            return await function(*arguments, **keywords)

    def generated(*arguments: Any, **keywords: Any) -> Any:
        with opener():
            return (yield from function(*arguments, **keywords))

    async def generated_later(*arguments: Any, **keywords: Any) -> AsyncIterator[Any]:
        with opener():
            async for value in _delegated(function(*arguments, **keywords)):
                yield value

    def called(*arguments: Any, **keywords: Any) -> Any:
        with opener():
            return _finished(function, function(*arguments, **keywords))

    wrapper: Any = called
    if inspect.iscoroutinefunction(function):
        wrapper = awaited
    elif inspect.isgeneratorfunction(function):
        wrapper = generated
    elif inspect.isasyncgenfunction(function):
        wrapper = generated_later
    return functools.wraps(function)(wrapper)


async def _delegated(generator: Any) -> AsyncIterator[Any]:
    """Yield what an asynchronous generator yields, and end it with this one."""
    try:
        async for value in generator:
            yield value
    finally:
        await generator.aclose()


def _finished(function: Any, result: Any) -> Any:
    """Return `result`, if nothing of the function is left to run after what was open has ended."""
    if not (inspect.iscoroutine(result) or inspect.isgenerator(result) or inspect.isasyncgen(result)):
        return result
    if inspect.iscoroutine(result) or inspect.isgenerator(result):
        result.close()
    name = getattr(function, "__qualname__", repr(function))
    raise TypeError(
        f"`{name}` gives a {type(result).__name__}, which would run after its mock has ended: put mock below the other "
        "decorators, next to the function, or open it inside"
    )


class _OfClass:
    """What is open for the tests of one class."""

    def __init__(self, opener: Callable[[], AbstractContextManager[Any]]) -> None:
        self._opener = opener
        self._open: dict[int, AbstractContextManager[Any]] = {}
        self._again: dict[int, int] = {}

    def open(self, test: Any) -> bool:
        """Open one for a test; False when it has one. pytest sets a test of a nested class up once for each class."""
        if id(test) in self._open:
            self._again[id(test)] = self._again.get(id(test), 0) + 1
            return False
        opened = self._opener()
        opened.__enter__()
        self._open[id(test)] = opened
        return True

    def is_last(self, test: Any) -> bool:
        """Whether the test is being torn down for the last time."""
        again = self._again.pop(id(test), 0)
        if again > 1:
            self._again[id(test)] = again - 1
        return again == 0

    def close(self, test: Any) -> None:
        self._open.pop(id(test)).__exit__(None, None, None)

    def opener(self) -> AbstractContextManager[Any]:
        """Make one for a call that no set-up of the class came before."""
        return nullcontext() if self._open else self._opener()


def _decorated_class(decorated_class: Any, opener: Callable[[], AbstractContextManager[Any]]) -> Any:
    """Run each test of a class inside one of its own, from before its set-up until after its tear-down.

    pytest calls `setup_method` before the fixtures of a class, and `teardown_method` after them. unittest calls `run`
    for set-up, test and tear-down. Tests that are called by hand are wrapped too.
    """
    _refuse_shared_set_up(decorated_class)
    of_class = _OfClass(opener)
    is_unittest = issubclass(decorated_class, unittest.TestCase)
    names = ["run", "debug"] if is_unittest else _test_names(decorated_class)
    nested = [inner for inner in vars(decorated_class).values() if _is_nested(inner, decorated_class)]
    if not names and not nested:
        raise TypeError(f"`{decorated_class.__qualname__}` has no tests: mock decorates classes of tests and functions")
    for name in names:
        member = inspect.getattr_static(decorated_class, name)
        setattr(decorated_class, name, decorated(member, of_class.opener))
    for inner in nested:
        _decorated_class(inner, opener)
    _wrap_set_up(decorated_class, of_class)
    return decorated_class


def _test_names(decorated_class: Any) -> list[str]:
    kinds = (types.FunctionType, staticmethod, classmethod)
    return [
        name
        for name in dir(decorated_class)
        if name.startswith("test") and isinstance(inspect.getattr_static(decorated_class, name), kinds)
    ]


def _is_nested(inner: Any, outer: Any) -> bool:
    """Whether `inner` is a class of tests that is written inside `outer`."""
    if not isinstance(inner, type) or not inner.__qualname__.startswith(f"{outer.__qualname__}."):
        return False
    return bool(_test_names(inner)) or any(_is_nested(member, inner) for member in vars(inner).values())


def _refuse_shared_set_up(decorated_class: Any) -> None:
    """Refuse what runs once for all tests of a class: no test's database could have what it made."""
    for name in ONCE_A_CLASS:
        found = inspect.getattr_static(decorated_class, name, None)
        if found is not None and found is not inspect.getattr_static(unittest.TestCase, name, None):
            raise TypeError(_shared(decorated_class, name))
    for name in dir(decorated_class):
        marker = _fixture_marker(inspect.getattr_static(decorated_class, name, None))
        if marker is not None and getattr(marker, "scope", "function") != "function":
            raise TypeError(_shared(decorated_class, name))


def _shared(decorated_class: Any, name: str) -> str:
    return (
        f"`{decorated_class.__qualname__}.{name}` runs once for all tests, and mock gives each test a database of its "
        "own: set up in each test, or use `mock().start()` and `stop()` there and leave the class undecorated"
    )


def _fixture_marker(member: Any) -> Any:
    """Return what pytest knows a fixture by, or None; pytest is not imported for it."""
    if isinstance(member, type) or member is None:
        return None
    return getattr(member, "_fixture_function_marker", None) or getattr(member, "_pytestfixturefunction", None)


def _wrap_set_up(decorated_class: Any, of_class: _OfClass) -> None:
    setup = inspect.getattr_static(decorated_class, "setup_method", None)
    teardown = inspect.getattr_static(decorated_class, "teardown_method", None)

    # pytest gives the test's function to those that have a parameter for it.
    def setup_method(self: Any, method: Any = None) -> None:
        if not of_class.open(self):
            return
        try:
            _call_bound(setup, self, method)
        except BaseException:
            of_class.close(self)
            raise

    def teardown_method(self: Any, method: Any = None) -> None:
        if not of_class.is_last(self):
            return
        try:
            _call_bound(teardown, self, method)
        finally:
            of_class.close(self)

    decorated_class.setup_method = setup_method
    decorated_class.teardown_method = teardown_method


def _call_bound(member: Any, test: Any, method: Any) -> None:
    if member is None:
        return
    function = member.__get__(test, type(test))
    function(*([method] if inspect.signature(function).parameters else []))
