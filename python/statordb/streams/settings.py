"""The parameters of an event source mapping: what each may be, and what a mapping without it does.

Ranges and defaults are those of CreateEventSourceMapping in Lambda's API reference, as far as they are for streams of
tables. What Lambda knows and a local database does not honour is refused by name.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from statordb.streams import filter as patterns
from statordb.streams.refusal import fault, invalid, out_of_range, refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Settings"]

FILTERS_MAX = 10
"""Quota of Lambda: five patterns by default, ten on request."""
RECORD_AGE_S_LEAST = 60
STARTING_POSITIONS = ("TRIM_HORIZON", "LATEST", "AT_TIMESTAMP")
RESPONSE_TYPES = ("ReportBatchItemFailures",)


class Range(NamedTuple):
    """The whole numbers that a parameter may be."""

    name: str
    least: int
    most: int


RANGES = {
    "batch_size": Range("BatchSize", 1, 10_000),
    "maximum_batching_window_in_seconds": Range("MaximumBatchingWindowInSeconds", 0, 300),
    "parallelization_factor": Range("ParallelizationFactor", 1, 10),
    "maximum_retry_attempts": Range("MaximumRetryAttempts", -1, 10_000),
    "maximum_record_age_in_seconds": Range("MaximumRecordAgeInSeconds", -1, 604_800),
    "tumbling_window_in_seconds": Range("TumblingWindowInSeconds", 0, 900),
}
FLAGS = {"bisect_batch_on_function_error": "BisectBatchOnFunctionError", "enabled": "Enabled"}
KNOWN = {
    **{parameter.name: field for field, parameter in RANGES.items()},
    **{name: field for field, name in FLAGS.items()},
    "StartingPosition": "starting_position",
    "FunctionResponseTypes": "function_response_types",
    "FilterCriteria": "filters",
    "DestinationConfig": "on_failure",
}
NOT_HONOURED = (
    "AmazonManagedKafkaEventSourceConfig",
    "DocumentDBEventSourceConfig",
    "KMSKeyArn",
    "LoggingConfig",
    "MetricsConfig",
    "ProvisionedPollerConfig",
    "Queues",
    "ScalingConfig",
    "SelfManagedEventSource",
    "SelfManagedKafkaEventSourceConfig",
    "SourceAccessConfigurations",
    "StartingPositionTimestamp",
    "Topics",
)


@dataclass(frozen=True)
class Settings:
    """What an event source mapping does; without a value it does what Lambda's default is."""

    starting_position: str = "TRIM_HORIZON"
    batch_size: int = 100
    maximum_batching_window_in_seconds: int = 0
    parallelization_factor: int = 1
    maximum_retry_attempts: int = -1
    maximum_record_age_in_seconds: int = -1
    bisect_batch_on_function_error: bool = False
    tumbling_window_in_seconds: int = 0
    function_response_types: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    on_failure: str | None = None
    enabled: bool = True

    @classmethod
    def of_members(cls, members: Mapping[str, Any], operation: str) -> Settings:
        """Read the members of CreateEventSourceMapping. Raises what Lambda answers."""
        if members.get("StartingPosition") is None:
            missing = fault(None, "StartingPosition", "Member must not be null.")
            raise invalid([missing], operation, "InvalidParameterValueException")
        return cls().changed(members, operation)

    def changed(self, members: Mapping[str, Any], operation: str) -> Settings:
        """Return these settings with those that `members` give. Raises what Lambda answers, for the first fault."""
        for name in NOT_HONOURED:
            if members.get(name):
                raise refusal(f"{name} is not supported for a stream of a table, or not by StatorDB", operation)
        given = {KNOWN[name]: value for name, value in members.items() if name in KNOWN and value is not None}
        _check_ranges(given, operation)
        _check_choices(given, str(members.get("EventSourceArn", "")), operation)
        if "filters" in given:
            given["filters"] = _patterns(given["filters"], operation)
        if "on_failure" in given:
            given["on_failure"] = _destination(given["on_failure"], operation)
        if "function_response_types" in given:
            given["function_response_types"] = tuple(given["function_response_types"])
        return replace(self, **given)

    def members(self) -> dict[str, Any]:
        """Return the members of a description, as Lambda echoes them."""
        members: dict[str, Any] = {
            "StartingPosition": self.starting_position,
            "BatchSize": self.batch_size,
            "MaximumBatchingWindowInSeconds": self.maximum_batching_window_in_seconds,
            "ParallelizationFactor": self.parallelization_factor,
            "DestinationConfig": {"OnFailure": {"Destination": self.on_failure} if self.on_failure else {}},
            "MaximumRecordAgeInSeconds": self.maximum_record_age_in_seconds,
            "BisectBatchOnFunctionError": self.bisect_batch_on_function_error,
            "MaximumRetryAttempts": self.maximum_retry_attempts,
            "TumblingWindowInSeconds": self.tumbling_window_in_seconds,
            "FunctionResponseTypes": list(self.function_response_types),
        }
        if self.filters:
            members["FilterCriteria"] = {"Filters": [{"Pattern": pattern} for pattern in self.filters]}
        return members

    def kept(self) -> dict[str, Any]:
        """Return what is kept of them in the database."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def of_kept(cls, kept: Mapping[str, Any]) -> Settings:
        """Read what was kept."""
        given: dict[str, Any] = dict(kept)
        for name in ("function_response_types", "filters"):
            given[name] = tuple(given[name])
        return cls(**given)


def pattern_texts(filters: Iterable[str | Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return the `Filters` of patterns that are texts or dicts."""
    return [{"Pattern": each if isinstance(each, str) else json.dumps(each)} for each in filters]


def _check_ranges(given: Mapping[str, Any], operation: str) -> None:
    faults = []
    for field, (name, least, most) in RANGES.items():
        value = given.get(field)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int):
            raise refusal(f"{name} is a whole number", operation, "SerializationException")
        if not least <= value <= most:
            faults.append(out_of_range(value, name, least, most))
    if faults:
        raise invalid(faults, operation)
    if 0 <= given.get("maximum_record_age_in_seconds", -1) < RECORD_AGE_S_LEAST:
        message = f"MaximumRecordAgeInSeconds must be -1 or at least {RECORD_AGE_S_LEAST}."
        raise refusal(message, operation)


def _check_choices(given: Mapping[str, Any], arn: str, operation: str) -> None:
    for field, name in FLAGS.items():
        if not isinstance(given.get(field, True), bool):
            raise refusal(f"{name} is true or false", operation, "SerializationException")
    position = given.get("starting_position")
    if position is not None and position not in STARTING_POSITIONS:
        choices = f"Member must satisfy enum value set: [{', '.join(STARTING_POSITIONS)}]"
        raise invalid([fault(position, "StartingPosition", choices)], operation)
    if position == "AT_TIMESTAMP":
        raise refusal(f"Unsupported starting position for arn type: {arn}", operation)
    types = given.get("function_response_types", ())
    if not isinstance(types, (list, tuple)) or len(types) > 1 or any(each not in RESPONSE_TYPES for each in types):
        choices = f"Member must satisfy enum value set: [{RESPONSE_TYPES[0]}]"
        raise invalid([fault(types, "FunctionResponseTypes", choices)], operation)


def _patterns(criteria: Any, operation: str) -> tuple[str, ...]:
    filters = criteria.get("Filters", ()) if isinstance(criteria, dict) else None
    is_list = isinstance(filters, (list, tuple)) and all(isinstance(each, dict) for each in filters)
    if filters is None or not is_list:
        raise refusal("FilterCriteria has a list of Filters, each with a Pattern", operation, "SerializationException")
    texts = tuple(each.get("Pattern", "") for each in filters)
    if len(texts) > FILTERS_MAX:
        raise refusal(f"At most {FILTERS_MAX} filters are allowed.", operation)
    for text in texts:
        try:
            patterns.compiled(text)
        except (patterns.PatternError, TypeError) as error:
            raise refusal("Invalid filter pattern definition.", operation) from error
    return texts


def _destination(config: Any, operation: str) -> str | None:
    if not isinstance(config, dict) or not isinstance(config.get("OnFailure", {}), dict):
        raise refusal("DestinationConfig has OnFailure, with a Destination", operation, "SerializationException")
    if config.get("OnSuccess"):
        raise refusal("A stream of a table has no destination for successes.", operation)
    return config.get("OnFailure", {}).get("Destination") or None
