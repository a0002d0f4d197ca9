"""Random operations on whole tables: a few names are created, described, changed and dropped over and over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .operation import Operation
from .schema import Index, Table, definitions, key_schema

if TYPE_CHECKING:
    from random import Random

    from .schema import Features

# The keys that tables which come and go mostly have.
USUAL: tuple[tuple[tuple[str, str], ...], ...] = (
    (("p", "S"),),
    (("p", "S"), ("q", "N")),
    (("p", "N"), ("q", "B")),
)
KINDS = "SNB"
INDEX_NAMES = ("gsi1", "gsi2")


def churned(chance: Random, prefix: str) -> str:
    """The name of a table that comes and goes."""
    return f"{prefix}-churn{chance.randrange(len(USUAL))}"


def churned_tables(prefix: str) -> list[Table]:
    """The tables that come and go as they are most often, for operations on their items."""
    indexes = tuple(Index(name, (("gs", "S"),), is_global=True) for name in INDEX_NAMES)
    return [Table(f"{prefix}-churn{number}", keys, indexes) for number, keys in enumerate(USUAL)]


def _kinds(chance: Random, table: str) -> dict[str, str]:
    if chance.random() < 0.7:
        return dict(USUAL[int(table[-1])])
    return {"p": chance.choice(KINDS), **({"q": chance.choice(KINDS)} if chance.random() < 0.6 else {})}


def create_table(chance: Random, prefix: str, features: Features) -> Operation:
    """A CreateTable, wrong in one way of four."""
    body: dict[str, Any] = {"TableName": churned(chance, prefix)}
    kinds = _kinds(chance, body["TableName"])
    body["KeySchema"] = key_schema(tuple(kinds.items()))
    _billing(chance, body)
    if features.global_indexes and chance.random() < 0.4:
        body["GlobalSecondaryIndexes"] = _global_indexes(chance, kinds, body)
    if features.local_indexes and "q" in kinds and chance.random() < 0.3:
        kinds["ln"] = "N"
        body["LocalSecondaryIndexes"] = [_index("lsi1", (("p", "S"), ("ln", "N")), {"ProjectionType": "ALL"})]
    if features.streams and chance.random() < 0.3:
        body["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    if chance.random() < 0.1:
        body["Tags"] = [{"Key": "team", "Value": "a"}, {"Key": "empty", "Value": ""}]
    body["AttributeDefinitions"] = definitions(kinds)
    if chance.random() < 0.25:
        chance.choice(FLAWS)(body)
    elif "UpdateTable" in features.operations and chance.random() < 0.05:
        body["DeletionProtectionEnabled"] = True
    return Operation("CreateTable", body)


def _billing(chance: Random, body: dict[str, Any]) -> None:
    if chance.random() < 0.6:
        body["BillingMode"] = "PAY_PER_REQUEST"
        return
    if chance.random() < 0.5:
        body["BillingMode"] = "PROVISIONED"
    body["ProvisionedThroughput"] = {"ReadCapacityUnits": chance.randint(1, 9), "WriteCapacityUnits": 5}


def _index(name: str, keys: tuple[tuple[str, str], ...], projection: dict[str, Any]) -> dict[str, Any]:
    return {"IndexName": name, "KeySchema": key_schema(keys), "Projection": projection}


def _global_indexes(chance: Random, kinds: dict[str, str], body: dict[str, Any]) -> list[dict[str, Any]]:
    kinds["gs"] = "S"
    projection = chance.choice(
        (
            {"ProjectionType": "ALL"},
            {"ProjectionType": "KEYS_ONLY"},
            {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["n1", "s1"]},
        )
    )
    index = _index("gsi1", (("gs", "S"),), dict(projection))
    if "ProvisionedThroughput" in body:
        index["ProvisionedThroughput"] = {"ReadCapacityUnits": 2, "WriteCapacityUnits": 3}
    return [index]


def _set(**members: Any) -> Any:
    return lambda body: body.update(members)


def _drop(name: str) -> Any:
    return lambda body: body.pop(name, None)


def _more_definitions(body: dict[str, Any]) -> None:
    body["AttributeDefinitions"].append({"AttributeName": "spare", "AttributeType": "S"})


def _same_names(body: dict[str, Any]) -> None:
    body["KeySchema"] = key_schema((("p", "S"), ("p", "S")))


def _two_hashes(body: dict[str, Any]) -> None:
    body["KeySchema"] = [{"AttributeName": name, "KeyType": "HASH"} for name in "pq"]


def _range_first(body: dict[str, Any]) -> None:
    body["KeySchema"][0]["KeyType"] = "RANGE"


def _bad_key_type(body: dict[str, Any]) -> None:
    body["AttributeDefinitions"][0]["AttributeType"] = "BOOL"


FLAWS = (
    _drop("KeySchema"),
    _drop("AttributeDefinitions"),
    _drop("TableName"),
    _drop("ProvisionedThroughput"),
    _set(TableName="ab"),
    _set(TableName="a b c"),
    _set(TableName="x" * 256),
    _set(BillingMode="FREE"),
    _set(BillingMode="PAY_PER_REQUEST", ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}),
    _set(ProvisionedThroughput={"ReadCapacityUnits": 0, "WriteCapacityUnits": 1}),
    _set(BillingMode="PROVISIONED"),
    _set(AttributeDefinitions=[]),
    _set(KeySchema=[]),
    _set(TableClass="STANDARD_INFREQUENT_ACCESS"),
    _more_definitions,
    _same_names,
    _two_hashes,
    _range_first,
    _bad_key_type,
)


def delete_table(chance: Random, prefix: str, _: Features) -> Operation:
    """A DeleteTable of a table that may be there."""
    return Operation("DeleteTable", {"TableName": churned(chance, prefix)})


def describe_table(chance: Random, prefix: str, _: Features) -> Operation:
    """A DescribeTable."""
    return Operation("DescribeTable", {"TableName": churned(chance, prefix)})


def list_tables(chance: Random, prefix: str, _: Features) -> Operation:
    """A ListTables, walked to its end because other workers have tables too."""
    body: dict[str, Any] = {}
    if chance.random() < 0.5:
        body["Limit"] = chance.choice((3, 7, 20, 100)) if chance.random() < 0.9 else chance.choice((0, 101))
    if chance.random() < 0.4:
        body["ExclusiveStartTableName"] = f"{prefix}-{chance.choice(('a', 'churn0', 'h', 'plain', 'zz'))}"
    return Operation("ListTables", body, walk=True)


def describe_limits(_: Random, __: str, ___: Features) -> Operation:
    """A DescribeLimits."""
    return Operation("DescribeLimits", {})


def update_table(chance: Random, prefix: str, features: Features) -> Operation:
    """An UpdateTable of one change, or of none."""
    body: dict[str, Any] = {"TableName": churned(chance, prefix)}
    sort = chance.randrange(10)
    if sort < 2:
        body["BillingMode"] = "PAY_PER_REQUEST"
    elif sort < 4:
        units = {"ReadCapacityUnits": chance.randint(1, 3), "WriteCapacityUnits": chance.randint(1, 3)}
        body |= {"BillingMode": "PROVISIONED", "ProvisionedThroughput": units}
        if chance.random() < 0.5:
            update = {"IndexName": chance.choice(INDEX_NAMES), "ProvisionedThroughput": units}
            body["GlobalSecondaryIndexUpdates"] = [{"Update": update}]
    elif sort == 4:
        body["DeletionProtectionEnabled"] = chance.random() < 0.3
    elif sort == 5 and features.streams:
        enabled = chance.random() < 0.5
        body["StreamSpecification"] = {"StreamEnabled": enabled, **({"StreamViewType": "KEYS_ONLY"} if enabled else {})}
    elif sort < 9 and features.global_indexes:
        body |= _index_update(chance)
    elif chance.random() < 0.5:
        body["TableClass"] = chance.choice(("STANDARD", "STANDARD_INFREQUENT_ACCESS", "CHEAP"))
    return Operation("UpdateTable", body)


def _index_update(chance: Random) -> dict[str, Any]:
    name = chance.choice(INDEX_NAMES)
    sort = chance.random()
    if sort < 0.3:
        return {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": name}}]}
    if sort < 0.4:
        units = {"ReadCapacityUnits": chance.randint(1, 3), "WriteCapacityUnits": 2}
        return {"GlobalSecondaryIndexUpdates": [{"Update": {"IndexName": name, "ProvisionedThroughput": units}}]}
    index = _index(name, (("gs", "S"),), {"ProjectionType": "ALL"})
    if chance.random() < 0.3:
        index["ProvisionedThroughput"] = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    return {
        "AttributeDefinitions": definitions({"gs": "S"}),
        "GlobalSecondaryIndexUpdates": [{"Create": index}] if chance.random() < 0.95 else [],
    }


def update_time_to_live(chance: Random, prefix: str, _: Features) -> Operation:
    """An UpdateTimeToLive."""
    specification: dict[str, Any] = {
        "Enabled": chance.random() < 0.6,
        "AttributeName": chance.choice(("expires", "until")),
    }
    if chance.random() < 0.05:
        del specification[chance.choice(("Enabled", "AttributeName"))]
    return Operation(
        "UpdateTimeToLive", {"TableName": churned(chance, prefix), "TimeToLiveSpecification": specification}
    )


def describe_time_to_live(chance: Random, prefix: str, _: Features) -> Operation:
    """A DescribeTimeToLive."""
    return Operation("DescribeTimeToLive", {"TableName": churned(chance, prefix)})
