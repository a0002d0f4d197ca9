"""What stands in secondary indexes: which items, with which attributes, after which writes; and what cannot be a key."""

from __future__ import annotations

import pytest

from failure import ENVELOPE, INVALID, NONE, cancels, fails, rejects, unfit
from tables import attributes, create_indexed_table, index, put_all, when_active

KEY = {"a": {"S": "p"}, "b": {"S": "1"}}
ITEM = {
    **KEY,
    "x": {"S": "x1"},
    "n": {"N": "10"},
    "d": {"B": b"\x01"},
    "e": {"S": "extra"},
    "f": {"M": {"g": {"N": "1"}}},
}
INDEXES = {
    "g": ["a", "b", "x", "n", "d", "e", "f"],
    "keys": ["a", "b", "x", "n"],
    "included": ["a", "b", "n", "e"],
    "binary": ["a", "b", "d"],
    "local": ["a", "b", "x", "n", "d", "e", "f"],
    "local keys": ["a", "b", "n"],
    "local included": ["a", "b", "d", "f"],
}
"""Every index of the table, with the attributes that it holds."""
WHOLE = ("g", "local")
"""Those that hold every attribute."""

NEEDS = {
    "g": "x", "keys": "xn", "included": "n", "binary": "d", "local": "x", "local keys": "n", "local included": "d",
}  # fmt: skip
"""The attributes without which an item is not in an index."""


def name_of(label: str) -> str:
    return label.replace(" ", "-") + "-ix"


@pytest.fixture
def table(ddb) -> str:
    """A table with an index of each kind: two types of indexes, three projections, three types of keys."""
    return create_indexed_table(
        ddb,
        "indexed",
        "a:S b:S",
        "x:S n:N d:B",
        gsi=[
            index(name_of("g"), "x"),
            index(name_of("keys"), "x", "n:R", projection="KEYS_ONLY"),
            index(name_of("included"), "n", projection="INCLUDE", names=["e", "a"]),
            index(name_of("binary"), "d", projection="KEYS_ONLY"),
        ],
        lsi=[
            index(name_of("local"), "a", "x:R"),
            index(name_of("local keys"), "a", "n:R", projection="KEYS_ONLY"),
            index(name_of("local included"), "a", "d:R", projection="INCLUDE", names=["f"]),
        ],
    )


def entries(ddb, table, label) -> list:
    """What an index holds, in the order of the table's keys."""
    items = ddb.scan(TableName=table, IndexName=name_of(label))["Items"]
    return sorted(items, key=lambda item: (item["a"]["S"], item["b"]["S"]))


def projected(item, label):
    """The entry of an item, or nothing if it belongs not into the index."""
    if not all(name in item for name in NEEDS[label]):
        return None
    return {name: value for name, value in item.items() if name in INDEXES[label] or label in WHOLE}


def assert_indexes_follow(ddb, table) -> None:
    """Each index holds the projection of what the table holds."""
    items = ddb.scan(TableName=table, ConsistentRead=True)["Items"]
    items.sort(key=lambda item: (item["a"]["S"], item["b"]["S"]))
    for label in INDEXES:
        wanted = [entry for entry in (projected(item, label) for item in items) if entry]
        assert entries(ddb, table, label) == wanted, label


# -------------------------------------------------------------------------------------------------------- projections


@pytest.mark.parametrize("label", INDEXES)
def test_an_entry_has_keys_and_what_is_projected(ddb, table, label) -> None:
    ddb.put_item(TableName=table, Item=ITEM)
    assert entries(ddb, table, label) == [{name: ITEM[name] for name in INDEXES[label]}]


@pytest.mark.parametrize("missing", ["x", "n", "d", "xn", "xnd"])
def test_an_item_that_lacks_a_key_is_not_in_the_index(ddb, table, missing) -> None:
    item = {name: value for name, value in ITEM.items() if name not in missing}
    ddb.put_item(TableName=table, Item=item)
    for label, needed in NEEDS.items():
        assert len(entries(ddb, table, label)) == int(not set(needed) & set(missing)), label


def test_items_with_equal_index_keys_stay_apart(ddb, table) -> None:
    items = [{**ITEM, "a": {"S": part}, "b": {"S": sort}} for part in "pqr" for sort in "12"]
    put_all(ddb, table, items)
    for label in INDEXES:
        assert len(entries(ddb, table, label)) == 6, label


# -------------------------------------------------------------------------------------------------------------- writes


def test_indexes_follow_puts_over_items(ddb, table) -> None:
    for changes in (
        {}, {"x": {"S": "x2"}}, {"n": {"N": "10.0"}}, {"n": {"N": "-3"}}, {"d": {"B": b"\x02\x03"}}, {"e": {"S": "other"}}, {"f": {"N": "1"}},
    ):  # fmt: skip
        ddb.put_item(TableName=table, Item={**ITEM, **changes})
        assert_indexes_follow(ddb, table)
    ddb.put_item(TableName=table, Item=KEY)
    assert all(entries(ddb, table, label) == [] for label in INDEXES)


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("SET x = :v", {"S": "x9"}), ("SET n = n + :v", {"N": "1"}), ("SET n = :v", {"N": "1e1"}), ("ADD n :v", {"N": "-20"}), ("SET d = :v", {"B": b"zz"}),
        ("REMOVE x", None), ("REMOVE n, d", None), ("REMOVE x, n, d, e, f", None), ("SET e = :v", {"S": "changed"}), ("SET f.g = :v", {"N": "2"}), ("REMOVE e", None),
        ("SET x = e, e = x", None), ("SET y = :v", {"S": "not in every index"}),
    ],
)  # fmt: skip
def test_indexes_follow_updates(ddb, table, expression, values) -> None:
    ddb.put_item(TableName=table, Item=ITEM)
    members = {"ExpressionAttributeValues": {":v": values}} if values else {}
    ddb.update_item(TableName=table, Key=KEY, UpdateExpression=expression, **members)
    assert_indexes_follow(ddb, table)


def test_an_item_comes_into_an_index_with_its_key(ddb, table) -> None:
    ddb.update_item(TableName=table, Key=KEY)
    assert all(entries(ddb, table, label) == [] for label in INDEXES)
    ddb.update_item(TableName=table, Key=KEY, AttributeUpdates={"x": {"Value": {"S": "x1"}}})
    assert entries(ddb, table, "g") == [{**KEY, "x": {"S": "x1"}}]
    assert entries(ddb, table, "keys") == []
    assert_indexes_follow(ddb, table)


def test_indexes_follow_deletes(ddb, table) -> None:
    put_all(ddb, table, [ITEM, {**ITEM, "b": {"S": "2"}}])
    ddb.delete_item(TableName=table, Key=KEY)
    ddb.delete_item(TableName=table, Key=KEY)
    assert_indexes_follow(ddb, table)
    assert len(entries(ddb, table, "g")) == 1


def test_indexes_follow_batches_and_transactions(ddb, table) -> None:
    keys = [{**KEY, "b": {"S": str(number)}} for number in range(5)]
    puts = [{"PutRequest": {"Item": {**ITEM, **key}}} for key in keys[:4]]
    ddb.batch_write_item(RequestItems={table: puts})
    assert_indexes_follow(ddb, table)
    ddb.batch_write_item(
        RequestItems={table: [{"DeleteRequest": {"Key": keys[0]}}, {"PutRequest": {"Item": {**ITEM, **keys[4]}}}]}
    )
    assert_indexes_follow(ddb, table)
    update = {"UpdateExpression": "SET x = :x REMOVE n", "ExpressionAttributeValues": {":x": {"S": "moved"}}}
    ddb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": table, "Item": {**ITEM, **keys[1], "x": {"S": "put"}}}},
            {"Update": {"TableName": table, "Key": keys[2], **update}},
            {"Delete": {"TableName": table, "Key": keys[3]}},
            {"ConditionCheck": {"TableName": table, "Key": keys[4], "ConditionExpression": "attribute_exists(a)"}},
        ]
    )
    assert_indexes_follow(ddb, table)


def test_a_write_that_fails_leaves_the_indexes(ddb, table) -> None:
    ddb.put_item(TableName=table, Item=ITEM)
    put = {"TableName": table, "Item": {**ITEM, "x": {"S": "x2"}}, "ConditionExpression": "attribute_not_exists(a)"}
    with fails("ConditionalCheckFailedException"):
        ddb.put_item(**put)
    with fails("TransactionCanceledException"):
        ddb.transact_write_items(
            TransactItems=[{"Delete": {"TableName": table, "Key": {**KEY, "b": {"S": "2"}}}}, {"Put": put}]
        )
    assert_indexes_follow(ddb, table)


# ---------------------------------------------------------------------------------------------- what cannot be a key


def mismatch(key, expected, actual, label) -> str:
    return (
        f"{INVALID}Type mismatch for Index Key {key} Expected: {expected} Actual: {actual} IndexName: {name_of(label)}"
    )


EMPTY_PUT = (
    "One or more parameter values are not valid. A value specified for a secondary index key is not supported. "
    "The AttributeValue for a key attribute cannot contain an empty {} value. IndexName: {}, IndexKey: {}"
)
EMPTY_UPDATE = (
    "One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value "
    "that is not supported. The AttributeValue for a key attribute cannot contain an empty {} value."
)
LARGE_HASH = INVALID + "Size of hashkey has exceeded the maximum size limit of2048 bytes"
LARGE_RANGE = INVALID + "Aggregated size of all range keys has exceeded the size limit of 1024 bytes"


@pytest.fixture
def strict(ddb) -> str:
    """A table whose indexes have different keys, so that an error can be of one of them only."""
    return create_indexed_table(
        ddb,
        "strict",
        "a:S",
        "x:S n:N d:B y:S",
        gsi=[index(name_of("s"), "x", "y:R"), index(name_of("n"), "n"), index(name_of("d"), "d")],
    )


UNUSABLE = [
    ({"x": {"N": "1"}}, mismatch("x", "S", "N", "s")),
    ({"x": {"NULL": True}}, mismatch("x", "S", "NULL", "s")),
    ({"x": {"SS": ["x"]}}, mismatch("x", "S", "SS", "s")),
    ({"y": {"BOOL": True}}, mismatch("y", "S", "BOOL", "s")),
    ({"n": {"S": "1"}}, mismatch("n", "N", "S", "n")),
    ({"n": {"M": {}}}, mismatch("n", "N", "M", "n")),
    ({"n": {"L": []}}, mismatch("n", "N", "L", "n")),
    ({"d": {"S": "x"}}, mismatch("d", "B", "S", "d")),
    ({"x": {"S": ""}}, EMPTY_PUT.format("string", name_of("s"), "x")),
    ({"x": {"S": "x"}, "y": {"S": ""}}, EMPTY_PUT.format("string", name_of("s"), "y")),
    ({"d": {"B": b""}}, EMPTY_PUT.format("binary", name_of("d"), "d")),
    ({"x": {"S": "x" * 2049}}, LARGE_HASH),
    ({"x": {"S": "x"}, "y": {"S": "é" * 513}}, LARGE_RANGE),
]


def shortened(value) -> str:
    return str(value)[:60]


@pytest.mark.parametrize(("attributes", "message"), UNUSABLE, ids=shortened)
def test_a_put_with_an_unusable_index_key_is_rejected(ddb, strict, attributes, message) -> None:
    item = {"a": {"S": "k"}, **attributes}
    with rejects(message):
        ddb.put_item(TableName=strict, Item=item)
    with rejects(message):
        ddb.put_item(TableName=strict, Item=item, ConditionExpression="attribute_exists(a)")
    with cancels(NONE, unfit(message)):
        ddb.transact_write_items(
            TransactItems=[{"Put": {"TableName": strict, "Item": one}} for one in ({"a": {"S": "j"}}, item)]
        )
    assert ddb.scan(TableName=strict)["Items"] == []


@pytest.mark.parametrize(("attributes", "message"), UNUSABLE, ids=shortened)
def test_a_batch_with_an_unusable_index_key_writes_nothing(ddb, strict, attributes, message) -> None:
    puts = [{"PutRequest": {"Item": {"a": {"S": str(number)}}}} for number in range(3)]
    puts.insert(1, {"PutRequest": {"Item": {"a": {"S": "k"}, **attributes}}})
    with rejects(message):
        ddb.batch_write_item(RequestItems={strict: puts})
    assert ddb.scan(TableName=strict)["Items"] == []


@pytest.mark.parametrize(
    ("expression", "value", "message"),
    [
        ("SET x = :v", {"N": "1"}, mismatch("x", "S", "N", "s")),
        ("SET x = :v", {"NULL": True}, mismatch("x", "S", "NULL", "s")),
        ("SET n = :v", {"S": "1"}, mismatch("n", "N", "S", "n")),
        ("SET x = :v", {"S": ""}, EMPTY_UPDATE.format("string")),
        ("SET d = :v", {"B": b""}, EMPTY_UPDATE.format("binary")),
        ("SET x = digits", None, "The update expression attempted to update the secondary index key to unsupported type"),
        ("SET x = if_not_exists(digits, :v)", {"S": "x"}, "The update expression attempted to update the secondary index key to unsupported type"),
        ("ADD d :v", {"N": "1"}, "An operand in the update expression has an incorrect data type"),
        ("SET x = nothing", None, EMPTY_UPDATE.format("string")),
        ("SET x = :v", {"S": "x" * 2049}, LARGE_HASH),
        ("SET y = :v", {"S": "x" * 1025}, LARGE_RANGE),
    ],
    ids=shortened,
)  # fmt: skip
def test_an_update_to_an_unusable_index_key_is_rejected(ddb, strict, expression, value, message) -> None:
    item = {"a": {"S": "k"}, "x": {"S": "x"}, "d": {"B": b"d"}, "digits": {"N": "1"}, "nothing": {"S": ""}}
    ddb.put_item(TableName=strict, Item=item)
    update = {"TableName": strict, "Key": {"a": {"S": "k"}}, "UpdateExpression": expression}
    if value:
        update["ExpressionAttributeValues"] = {":v": value}
    with rejects(message):
        ddb.update_item(**update)
    with cancels(unfit(message)):
        ddb.transact_write_items(TransactItems=[{"Update": update}])
    assert ddb.scan(TableName=strict)["Items"] == [item]


@pytest.mark.parametrize(
    ("value", "message"),
    [({"N": "1"}, mismatch("x", "S", "N", "s")), ({"S": ""}, None)],
)
def test_a_legacy_update_to_an_unusable_index_key_is_rejected(ddb, strict, value, message) -> None:
    with rejects(message):
        ddb.update_item(TableName=strict, Key={"a": {"S": "k"}}, AttributeUpdates={"x": {"Value": value}})
    assert ddb.scan(TableName=strict)["Items"] == []


def test_a_false_condition_comes_after_the_index_keys_of_an_update(ddb, strict) -> None:
    with rejects(mismatch("x", "S", "N", "s")):
        ddb.update_item(
            TableName=strict,
            Key={"a": {"S": "k"}},
            UpdateExpression="SET x = :v",
            ConditionExpression="attribute_exists(a)",
            ExpressionAttributeValues={":v": {"N": "1"}},
        )


NESTED = "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: {}: {}"


@pytest.mark.parametrize(("path", "which"), [("x.y", "IndexKey"), ("n[0]", "IndexKey"), ("a.y", "Key")])
def test_keys_of_indexes_have_no_inside(ddb, strict, path, which) -> None:
    message = NESTED.format(which, path[0])
    key = {"TableName": strict, "Key": {"a": {"S": "k"}}}
    with rejects(message):
        ddb.delete_item(**key, ConditionExpression=f"attribute_exists({path})")
    with rejects(message):
        ddb.get_item(**key, ProjectionExpression=path)
    with rejects(message):
        ddb.scan(TableName=strict, FilterExpression=f"attribute_exists({path})")
    if which == "IndexKey":
        with rejects(message):
            ddb.update_item(**key, UpdateExpression=f"SET {path} = :v", ExpressionAttributeValues={":v": {"S": "x"}})


def test_keys_may_have_2048_and_1024_bytes(ddb, strict) -> None:
    item = {"a": {"S": "k"}, "x": {"S": "é" * 1024}, "y": {"S": "y" * 1024}, "d": {"B": b"d" * 2048}}
    ddb.put_item(TableName=strict, Item=item)
    for label in "sd":
        assert ddb.scan(TableName=strict, IndexName=name_of(label))["Items"] == [item], label


def test_an_envelope_is_not_for_index_keys(ddb, strict) -> None:
    with rejects() as failure:
        ddb.put_item(TableName=strict, Item={"a": {"S": "k"}, "x": {"N": "1"}})
    assert not failure.message.startswith(ENVELOPE)


@pytest.mark.parametrize("value", [{"N": "1"}, {"S": ""}, {"S": "x" * 2049}, {"SS": ["x"]}], ids=shortened)
def test_a_later_index_leaves_out_what_cannot_be_its_key(ddb, hash_table, value) -> None:
    """Such an item can be changed as long as its unusable key is left alone or made usable."""
    put_all(ddb, hash_table, [{"a": {"S": "bad"}, "x": value}, {"a": {"S": "good"}, "x": {"S": "x"}}])
    ddb.update_table(
        TableName=hash_table,
        AttributeDefinitions=attributes("x:S"),
        GlobalSecondaryIndexUpdates=[{"Create": index("later", "x")}],
    )
    when_active(ddb, hash_table)

    def held() -> list[str]:
        return sorted(item["a"]["S"] for item in ddb.scan(TableName=hash_table, IndexName="later")["Items"])

    assert held() == ["good"]
    update = {"TableName": hash_table, "Key": {"a": {"S": "bad"}}, "ExpressionAttributeValues": {":v": {"S": "v"}}}
    ddb.update_item(**update, UpdateExpression="SET v = :v")
    assert held() == ["good"]
    ddb.update_item(**update, UpdateExpression="SET x = :v")
    assert held() == ["bad", "good"]
    ddb.delete_item(TableName=hash_table, Key={"a": {"S": "bad"}})
    assert held() == ["good"]


# --------------------------------------------------------------------------------------------------------------- units


@pytest.fixture
def counted(ddb) -> str:
    """A table with an index of everything, one of `e` alone, and a local one of keys."""
    return create_indexed_table(
        ddb,
        "counted",
        "a:S b:S",
        "x:S n:N",
        gsi=[index("all-ix", "x"), index("some-ix", "x", projection="INCLUDE", names=["e"])],
        lsi=[index("keys-ix", "a", "n:R", projection="KEYS_ONLY")],
    )


def units_by_index(answer) -> dict:
    """What `ReturnConsumedCapacity: INDEXES` says, by the name of an index; `table` is the table's own part."""
    report = dict(answer["ConsumedCapacity"])
    arms = {
        "table": report.pop("Table"),
        **report.pop("GlobalSecondaryIndexes", {}),
        **report.pop("LocalSecondaryIndexes", {}),
    }
    assert report == {"TableName": "counted", "CapacityUnits": sum(arm["CapacityUnits"] for arm in arms.values())}
    return {name: arm["CapacityUnits"] for name, arm in arms.items()}


WHOLE_ITEM = {**KEY, "x": {"S": "x"}, "n": {"N": "1"}, "e": {"S": "e" * 1500}, "f": {"S": "f" * 3000}}


@pytest.mark.parametrize(
    ("change", "units"),
    [
        ("SET g = :v", {"table": 5.0, "all-ix": 5.0}),
        ("SET e = :v", {"table": 5.0, "all-ix": 5.0, "some-ix": 2.0}),
        ("SET n = :n", {"table": 5.0, "all-ix": 5.0, "keys-ix": 2.0}),
        ("SET x = :v", {"table": 5.0, "all-ix": 10.0, "some-ix": 4.0}),
        ("REMOVE x", {"table": 5.0, "all-ix": 5.0, "some-ix": 2.0}),
        ("REMOVE absent", {"table": 5.0}),
    ],
)
def test_each_index_that_changes_has_its_units(ddb, counted, change, units) -> None:
    """An entry counts by its own size: twice where its key changes, the larger one where it stays, nothing unchanged."""
    put = ddb.put_item(TableName=counted, Item=WHOLE_ITEM, ReturnConsumedCapacity="INDEXES")
    assert units_by_index(put) == {"table": 5.0, "all-ix": 5.0, "some-ix": 2.0, "keys-ix": 1.0}
    values = {":v": {"S": "v"}, ":n": {"N": "2"}}
    named = {name: value for name, value in values.items() if name in change}
    members = {"ExpressionAttributeValues": named} if named else {}
    request = {"TableName": counted, "Key": KEY, "UpdateExpression": change, **members}
    assert units_by_index(ddb.update_item(**request, ReturnConsumedCapacity="INDEXES")) == units


def test_a_delete_costs_each_entry_once(ddb, counted) -> None:
    ddb.put_item(TableName=counted, Item=WHOLE_ITEM)
    delete = {"TableName": counted, "Key": KEY, "ReturnConsumedCapacity": "INDEXES"}
    whole = {"table": 5.0, "all-ix": 5.0, "some-ix": 2.0, "keys-ix": 1.0}
    assert units_by_index(ddb.delete_item(**delete)) == whole
    assert units_by_index(ddb.delete_item(**delete)) == {"table": 1.0}


def test_in_a_transaction_only_the_part_of_the_table_counts_twice(ddb, counted) -> None:
    put = {"Put": {"TableName": counted, "Item": WHOLE_ITEM}}
    answer = ddb.transact_write_items(TransactItems=[put], ReturnConsumedCapacity="INDEXES")

    def both(units) -> dict:
        return {"CapacityUnits": units, "WriteCapacityUnits": units}

    assert answer["ConsumedCapacity"] == [
        {
            "TableName": counted,
            **both(18.0),
            "Table": both(10.0),
            "GlobalSecondaryIndexes": {"all-ix": both(5.0), "some-ix": both(2.0)},
            "LocalSecondaryIndexes": {"keys-ix": both(1.0)},
        }
    ]


def test_an_item_and_its_entries_in_local_indexes_have_400_kb(ddb) -> None:
    table = create_indexed_table(ddb, "heavy", "a:S b:S", "c:S", lsi=[index("all", "a", "c:R")])
    key = {"a": {"S": "x"}, "b": {"S": "y"}}
    half = {"t": {"S": "x" * 204_000}}
    ddb.put_item(TableName=table, Item={**key, **half, "c": {"S": "z"}})
    with rejects("Item size has exceeded the maximum allowed size"):
        ddb.put_item(TableName=table, Item={**key, "t": {"S": "x" * 205_000}, "c": {"S": "z"}})
    with rejects("Item size to update has exceeded the maximum allowed size"):
        ddb.update_item(
            TableName=table,
            Key=key,
            UpdateExpression="SET u = :u",
            ExpressionAttributeValues={":u": {"S": "x" * 2000}},
        )
    assert ddb.scan(TableName=table, IndexName="all")["Items"] == [{**key, **half, "c": {"S": "z"}}]
    ddb.put_item(TableName=table, Item={**key, "t": {"S": "x" * 400_000}})
    assert ddb.scan(TableName=table, IndexName="all")["Count"] == 0
