"""The parameters of `Database.event_source_mapping`, and the members of Lambda's API that they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from statordb.streams.settings import pattern_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["MappingParameters", "members_of"]


class MappingParameters(TypedDict, total=False):
    """What a mapping may be given, beside its handler and its table."""

    name: str
    starting_position: str
    batch_size: int
    maximum_batching_window_in_seconds: int
    parallelization_factor: int
    bisect_batch_on_function_error: bool
    maximum_retry_attempts: int
    maximum_record_age_in_seconds: int
    tumbling_window_in_seconds: int
    function_response_types: Sequence[str]
    filters: Sequence[str | Mapping[str, Any]]
    on_failure: Callable[[dict[str, Any]], Any] | str
    enabled: bool
    pace: str


MEMBERS = {
    "starting_position": "StartingPosition",
    "batch_size": "BatchSize",
    "maximum_batching_window_in_seconds": "MaximumBatchingWindowInSeconds",
    "parallelization_factor": "ParallelizationFactor",
    "bisect_batch_on_function_error": "BisectBatchOnFunctionError",
    "maximum_retry_attempts": "MaximumRetryAttempts",
    "maximum_record_age_in_seconds": "MaximumRecordAgeInSeconds",
    "tumbling_window_in_seconds": "TumblingWindowInSeconds",
    "function_response_types": "FunctionResponseTypes",
    "enabled": "Enabled",
}


def members_of(parameters: MappingParameters) -> tuple[str | None, Any, str, dict[str, Any]]:
    """Return the name, the destination, the pace and the members. Raises `TypeError` for an unknown parameter."""
    given: dict[str, Any] = dict(parameters)
    name, on_failure, pace = given.pop("name", None), given.pop("on_failure", None), given.pop("pace", "push")
    filters = given.pop("filters", None)
    unknown = [each for each in given if each not in MEMBERS]
    if unknown:
        known = ", ".join(MappingParameters.__annotations__)
        raise TypeError(f"there is no parameter `{unknown[0]}` of a mapping: the parameters are {known}")
    members = {MEMBERS[each]: value for each, value in given.items()}
    if filters:
        members["FilterCriteria"] = {"Filters": pattern_texts(filters)}
    return name, on_failure, pace, members
