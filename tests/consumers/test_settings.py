"""The parameters of a mapping: ranges, defaults, refusals, and how a description echoes them."""

from __future__ import annotations

from typing import Any

import pytest

import statordb
from statordb.streams.settings import Settings

from .conftest import Noted

CREATE = "CreateEventSourceMapping"
LEAST = {"StartingPosition": "TRIM_HORIZON"}


def test_a_mapping_is_described_as_lambda_does(db: statordb.Database, orders: statordb.Table) -> None:
    mapping = db.event_source_mapping(Noted(), "orders", filters=['{"eventName": ["INSERT"]}'])
    described = mapping.describe()
    assert len(described["UUID"]) == 36
    assert described.pop("LastModified") > 1.7e9
    assert described == {
        "UUID": mapping.uuid,
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": 100,
        "MaximumBatchingWindowInSeconds": 0,
        "ParallelizationFactor": 1,
        "EventSourceArn": mapping.stream_arn,
        "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:noted",
        "FilterCriteria": {"Filters": [{"Pattern": '{"eventName": ["INSERT"]}'}]},
        "LastProcessingResult": "No records processed",
        "State": "Enabled",
        "StateTransitionReason": "User action",
        "DestinationConfig": {"OnFailure": {}},
        "MaximumRecordAgeInSeconds": -1,
        "BisectBatchOnFunctionError": False,
        "MaximumRetryAttempts": -1,
        "TumblingWindowInSeconds": 0,
        "FunctionResponseTypes": [],
        "EventSourceMappingArn": f"arn:aws:lambda:us-east-1:000000000000:event-source-mapping:{mapping.uuid}",
    }


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("BatchSize", 1, 10_000),
        ("MaximumBatchingWindowInSeconds", 0, 300),
        ("ParallelizationFactor", 1, 10),
        ("MaximumRetryAttempts", -1, 10_000),
        ("MaximumRecordAgeInSeconds", -1, 604_800),
        ("TumblingWindowInSeconds", 0, 900),
    ],
)
def test_a_number_has_to_be_in_its_range(name: str, least: int, most: int) -> None:
    for value in (least, most):
        assert Settings.of_members({**LEAST, name: value}, CREATE).members()[name] == value
    place = name[0].lower() + name[1:]
    for value, what in [(least - 1, f"greater than or equal to {least}"), (most + 1, f"less than or equal to {most}")]:
        with pytest.raises(statordb.ClientError) as caught:
            Settings.of_members({**LEAST, name: value}, CREATE)
        assert caught.value.code == "ValidationException"
        assert caught.value.message == (
            f"1 validation error detected: Value '{value}' at '{place}' failed to satisfy constraint: "
            f"Member must have value {what}"
        )


@pytest.mark.parametrize(
    ("members", "code", "message"),
    [
        (
            {},
            "InvalidParameterValueException",
            "'startingPosition' failed to satisfy constraint: Member must not be null",
        ),
        ({"StartingPosition": "NOW"}, "ValidationException", "Value 'NOW' at 'startingPosition'"),
        ({"StartingPosition": "AT_TIMESTAMP"}, "InvalidParameterValueException", "Unsupported starting position"),
        (LEAST | {"StartingPositionTimestamp": 7}, "InvalidParameterValueException", "StartingPositionTimestamp"),
        (LEAST | {"MaximumRecordAgeInSeconds": 59}, "InvalidParameterValueException", "at least 60"),
        (
            LEAST | {"BatchSize": 0, "ParallelizationFactor": 11},
            "ValidationException",
            "2 validation errors detected: ",
        ),
        (LEAST | {"BatchSize": "10"}, "SerializationException", "BatchSize"),
        (LEAST | {"Enabled": "yes"}, "SerializationException", "Enabled"),
        (LEAST | {"FunctionResponseTypes": ["Report"]}, "ValidationException", "functionResponseTypes"),
        (
            LEAST | {"FilterCriteria": {"Filters": [{"Pattern": "no"}]}},
            "InvalidParameterValueException",
            "Invalid filter pattern definition.",
        ),
        (
            LEAST | {"FilterCriteria": {"Filters": [{"Pattern": '{"a": ["b"]}'}] * 11}},
            "InvalidParameterValueException",
            "10 filters",
        ),
        (
            LEAST | {"DestinationConfig": {"OnSuccess": {"Destination": "x"}}},
            "InvalidParameterValueException",
            "successes",
        ),
        (LEAST | {"ScalingConfig": {"MaximumConcurrency": 2}}, "InvalidParameterValueException", "ScalingConfig"),
        (LEAST | {"KMSKeyArn": "arn"}, "InvalidParameterValueException", "KMSKeyArn"),
    ],
)
def test_what_cannot_be_is_refused(members: dict[str, Any], code: str, message: str) -> None:
    with pytest.raises(statordb.ClientError) as caught:
        Settings.of_members(members, CREATE)
    assert caught.value.code == code
    assert message in caught.value.message


def test_an_empty_filter_criteria_takes_filters_away() -> None:
    settings = Settings.of_members(LEAST | {"FilterCriteria": {"Filters": [{"Pattern": '{"a": ["b"]}'}]}}, CREATE)
    assert settings.filters
    assert settings.changed({"FilterCriteria": {}}, "UpdateEventSourceMapping").filters == ()


def test_what_is_kept_is_read_again() -> None:
    settings = Settings.of_members(
        LEAST | {"FunctionResponseTypes": ["ReportBatchItemFailures"], "BatchSize": 7, "Enabled": False}, CREATE
    )
    assert Settings.of_kept(settings.kept()) == settings


def test_an_unknown_parameter_is_refused(db: statordb.Database, orders: statordb.Table) -> None:
    with pytest.raises(TypeError, match="there is no parameter `batchsize`"):
        db.event_source_mapping(Noted(), "orders", batchsize=3)


def test_a_function_without_a_name_is_refused(db: statordb.Database, orders: statordb.Table) -> None:
    with pytest.raises(ValueError, match="give `name`"):
        db.event_source_mapping(lambda event, context: None, "orders")
