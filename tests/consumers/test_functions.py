"""Functions in processes of their own, through boto3's `lambda` and `dynamodb` clients and nothing else."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import time
import zipfile
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

import statordb

from .conftest import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ROLE = "arn:aws:iam::000000000000:role/any"


def zipped(**files: str) -> bytes:
    """An archive of these files; the same bytes for the same files, whatever the time is."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name.replace("__", "/").replace("_dot_", ".")), text)
    return written.getvalue()


def python(source: str) -> dict[str, bytes]:
    return {"ZipFile": zipped(app_dot_py=source)}


def runtime(script: str) -> dict[str, Any]:
    """The members of a function whose code is a script that runs by itself."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        member = zipfile.ZipInfo("bootstrap")
        member.external_attr = 0o100755 << 16
        archive.writestr(member, script)
    return {"Runtime": "provided.al2023", "Handler": "any", "Code": {"ZipFile": written.getvalue()}}


class Clients:
    def __init__(self, url: str) -> None:
        def client(service: str) -> Any:
            return boto3.client(
                service,
                endpoint_url=url,
                region_name="us-east-1",
                aws_access_key_id="a",
                aws_secret_access_key="b",
                config=Config(retries={"max_attempts": 1}, parameter_validation=False),
            )

        self.url = url
        self.functions, self.db, self.streams = client("lambda"), client("dynamodb"), client("dynamodbstreams")

    def create(self, source: str, name: str = "f", **members: Any) -> dict[str, Any]:
        defaults = {"Runtime": "python3.12", "Handler": "app.handler", "Role": ROLE, "Code": python(source)}
        return self.functions.create_function(FunctionName=name, **{**defaults, **members})

    def call(self, payload: Any = None, name: str = "f", **members: Any) -> tuple[Any, str | None, str]:
        answer = self.functions.invoke(FunctionName=name, Payload=json.dumps(payload), LogType="Tail", **members)
        log = base64.b64decode(answer["LogResult"]).decode()
        return json.loads(answer["Payload"].read() or "null"), answer.get("FunctionError"), log

    def table(self, name: str, view: str = "NEW_AND_OLD_IMAGES") -> str:
        self.db.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": view},
        )
        return self.db.describe_table(TableName=name)["Table"]["LatestStreamArn"]


@pytest.fixture
def clients() -> Iterator[Clients]:
    with statordb.connect() as db, db.serve(functions=True) as server:
        yield Clients(server.url)


def refused(call: Callable[[], Any]) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response
    return error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Message"]


def test_a_function_is_invoked_and_its_process_used_again(clients: Clients) -> None:
    created = clients.create(
        "import os\ncount = 0\ndef handler(event, context):\n    global count\n    count += 1\n    return [event, count, os.getpid()]"
    )
    assert (created["FunctionName"], created["Version"], created["State"]) == ("f", "$LATEST", "Active")
    first, error, log = clients.call({"a": [1, None, "ü"]})
    second, _, again = clients.call("text")
    assert error is None
    assert (first[0], first[1], second[:2]) == ({"a": [1, None, "ü"]}, 1, ["text", 2])
    assert first[2] == second[2] != os.getpid()
    start, end, report = log.splitlines()
    assert start.startswith("START RequestId: ")
    assert start.endswith(" Version: $LATEST")
    assert end.startswith("END RequestId: ")
    assert report.startswith("REPORT RequestId: ")
    assert all(
        part in report for part in ("Duration: ", "Billed Duration: ", "Memory Size: 128 MB", "Max Memory Used: ")
    )
    assert "Init Duration: " in report
    assert "Init Duration: " not in again


def test_the_context_and_the_environment_are_lambdas(clients: Clients) -> None:
    source = """
import os
def handler(event, context):
    names = ("function_name", "function_version", "invoked_function_arn", "memory_limit_in_mb", "aws_request_id",
             "log_group_name", "log_stream_name")
    left = context.get_remaining_time_in_millis()
    client = context.client_context.custom.who if context.client_context else None
    return {**{name: getattr(context, name) for name in names}, "left": left, "client": client, "env": dict(os.environ)}
"""
    os.environ["SECRET_OF_THE_SERVER"] = "no"
    try:
        clients.create(source, Timeout=7, MemorySize=256, Environment={"Variables": {"STAGE": "test"}})
        context = base64.b64encode(b'{"custom": {"who": "me"}}').decode()
        told, error, log = clients.call({}, ClientContext=context)
    finally:
        del os.environ["SECRET_OF_THE_SERVER"]
    assert error is None, told
    environment = told.pop("env")
    assert 5_000 < told.pop("left") <= 7_000
    assert told.pop("aws_request_id") in log
    assert told.pop("log_stream_name") == environment["AWS_LAMBDA_LOG_STREAM_NAME"]
    assert told == {
        "function_name": "f",
        "function_version": "$LATEST",
        "invoked_function_arn": "arn:aws:lambda:us-east-1:000000000000:function:f",
        "memory_limit_in_mb": "256",
        "log_group_name": "/aws/lambda/f",
        "client": "me",
    }
    expected = {
        "_HANDLER": "app.handler",
        "STAGE": "test",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": clients.url,
        "AWS_LAMBDA_FUNCTION_NAME": "f",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.12",
        "TZ": ":UTC",
    }
    assert {name: environment.get(name) for name in expected} == expected
    assert "SECRET_OF_THE_SERVER" not in environment


def test_what_a_function_writes_is_between_its_lines(clients: Clients) -> None:
    clients.create("import sys\ndef handler(event, context):\n    print('hello')\n    print('there', file=sys.stderr)")
    _, _, log = clients.call()
    assert [line.split()[0] for line in log.splitlines()] == ["START", "hello", "there", "END", "REPORT"]


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        ("def handler(event, context):\n    raise ValueError('no')", "ValueError", "no"),
        ("def handler(event, context):\n    return {1}", "Runtime.MarshalError", "Unable to marshal response"),
        ("import nothing_of_this_name", "Runtime.ImportModuleError", "Unable to import module 'app'"),
        ("other = 1", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
        ("import os\ndef handler(event, context):\n    os._exit(3)", "Runtime.ExitError", "exit status 3"),
        ("import os\ndef handler(event, context):\n    os.kill(os.getpid(), 9)", "Runtime.ExitError", "signal: kill"),
        (
            "import time\ndef handler(event, context):\n    time.sleep(60)",
            "Sandbox.Timedout",
            "Task timed out after 1.00 seconds",
        ),
    ],
)
def test_what_goes_wrong_is_an_error_of_the_function(clients: Clients, source: str, kind: str, message: str) -> None:
    clients.create(source, Timeout=1)
    began = time.monotonic()
    told, error, _ = clients.call()
    assert error == "Unhandled"
    assert told["errorType"] == kind
    assert message in told["errorMessage"]
    assert time.monotonic() - began < 8
    told, _, _ = clients.call()
    assert told["errorType"] == kind, "the next invocation has a process of its own"


def test_an_exception_has_its_request_and_its_trace(clients: Clients) -> None:
    clients.create("def handler(event, context):\n    return event['missing']")
    told, _, log = clients.call({})
    assert (told["errorMessage"], told["errorType"]) == ("'missing'", "KeyError")
    assert told["requestId"] in log
    assert "app.py" in told["stackTrace"][0]
    assert "[ERROR] KeyError: 'missing'" in log


def test_a_process_that_a_function_leaves_behind_ends_with_it(clients: Clients, tmp_path: Path) -> None:
    mark = tmp_path / "alive"
    source = f"""
import subprocess, sys, time
def handler(event, context):
    subprocess.Popen([sys.executable, "-c", "import time, pathlib; time.sleep(2); pathlib.Path({str(mark)!r}).touch()"])
    time.sleep(60)
"""
    clients.create(source, Timeout=1)
    assert clients.call()[0]["errorType"] == "Sandbox.Timedout"
    time.sleep(2.5)
    assert not mark.exists()


def test_boto3_in_a_function_reaches_the_server(clients: Clients) -> None:
    clients.table("seen")
    source = """
import boto3
table = boto3.client("dynamodb")
def handler(event, context):
    table.put_item(TableName="seen", Item={"id": {"S": event["id"]}})
"""
    clients.create(source, Timeout=20)
    assert clients.call({"id": "7"})[1] is None
    assert clients.db.get_item(TableName="seen", Key={"id": {"S": "7"}})["Item"] == {"id": {"S": "7"}}


def test_an_event_and_a_dry_run_answer_at_once(clients: Clients) -> None:
    clients.table("seen")
    clients.create(
        "import boto3\ndef handler(event, context):\n    boto3.client('dynamodb').put_item(TableName='seen', Item={'id': {'S': 'x'}})",
        Timeout=20,
    )
    dry = clients.functions.invoke(FunctionName="f", InvocationType="DryRun", Payload=b"{}")
    assert dry["StatusCode"] == 204
    event = clients.functions.invoke(FunctionName="f", InvocationType="Event", Payload=b"{}")
    assert event["StatusCode"] == 202
    eventually(lambda: clients.db.scan(TableName="seen")["Count"] == 1)


def test_a_function_of_node(clients: Clients) -> None:
    if not shutil.which("node"):
        pytest.skip("Node.js is not installed")
    source = 'exports.handler = async (event, context) => { console.log("hi"); if (event.bad) throw new TypeError("bad"); return { got: event.n, name: context.functionName }; };'
    clients.create(
        "", Runtime="nodejs20.x", Handler="index.handler", Code={"ZipFile": zipped(index_dot_js=source)}, Timeout=10
    )
    told, error, log = clients.call({"n": 1})
    assert (told, error) == ({"got": 1, "name": "f"}, None)
    assert "\nhi\n" in log
    told, error, _ = clients.call({"bad": True})
    assert (told["errorType"], told["errorMessage"], error) == ("TypeError", "bad", "Unhandled")


@pytest.mark.skipif(os.name == "nt", reason="a script that runs by itself")
def test_any_runtime_that_speaks_the_runtime_api_is_a_worker(clients: Clients) -> None:
    script = """#!/usr/bin/env python3
import os, urllib.request
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(api + "next") as answer:
        request, body = answer.headers["Lambda-Runtime-Aws-Request-Id"], answer.read()
    urllib.request.urlopen(urllib.request.Request(api + request + "/response", data=b'{"own": ' + body + b"}")).read()
"""
    clients.create("", **runtime(script), Timeout=10)
    assert clients.call([1])[0] == {"own": [1]}


def test_code_is_run_from_a_folder_and_loaded_again_when_it_changes(clients: Clients, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return 1")
    clients.create("", Code={"S3Bucket": "hot-reload", "S3Key": str(tmp_path)})
    assert clients.call()[0] == 1
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return 2 + 0")
    assert clients.call()[0] == 2


def test_functions_are_listed_changed_and_deleted(clients: Clients) -> None:
    clients.create("def handler(event, context):\n    return 1", "a", Description="first", Tags={"team": "x"})
    clients.create("def handler(event, context):\n    return 1", "b")
    assert [each["FunctionName"] for each in clients.functions.list_functions()["Functions"]] == ["a", "b"]
    page = clients.functions.list_functions(MaxItems=1)
    assert clients.functions.list_functions(Marker=page["NextMarker"])["Functions"][0]["FunctionName"] == "b"
    found = clients.functions.get_function(FunctionName="a")
    assert (found["Configuration"]["Description"], found["Tags"]) == ("first", {"team": "x"})
    assert clients.call(name="a")[0] == 1
    clients.functions.update_function_code(FunctionName="a", **python("def handler(event, context):\n    return 2"))
    assert clients.call(name="a")[0] == 2
    clients.functions.update_function_configuration(
        FunctionName="a", Timeout=9, Environment={"Variables": {"A_B": "c"}}
    )
    told = clients.functions.get_function_configuration(FunctionName="a")
    assert (told["Timeout"], told["Environment"]) == (9, {"Variables": {"A_B": "c"}})
    clients.functions.delete_function(FunctionName="a")
    code, status, message = refused(lambda: clients.functions.get_function(FunctionName="a"))
    assert (code, status) == ("ResourceNotFoundException", 404)
    assert message == "Function not found: arn:aws:lambda:us-east-1:000000000000:function:a"


def test_versions_stay_as_they_are_and_aliases_point_to_them(clients: Clients) -> None:
    api = clients.functions
    clients.create("def handler(event, context):\n    return context.function_version")
    assert api.publish_version(FunctionName="f", Description="one")["Version"] == "1"
    assert api.publish_version(FunctionName="f")["Version"] == "1", "nothing has changed"
    api.update_function_code(FunctionName="f", **python("def handler(event, context):\n    return 'new'"))
    assert api.publish_version(FunctionName="f")["Version"] == "2"
    assert [each["Version"] for each in api.list_versions_by_function(FunctionName="f")["Versions"]] == [
        "$LATEST",
        "1",
        "2",
    ]
    alias = api.create_alias(FunctionName="f", Name="live", FunctionVersion="1", Description="d")
    assert alias["AliasArn"].endswith(":function:f:live")
    assert clients.call(Qualifier="live")[0] == "1"
    assert clients.call(name="f:2")[0] == "new"
    assert api.update_alias(FunctionName="f", Name="live", FunctionVersion="2")["Description"] == "d"
    assert clients.call(Qualifier="live")[0] == "new"
    assert [each["Name"] for each in api.list_aliases(FunctionName="f")["Aliases"]] == ["live"]
    assert api.get_alias(FunctionName="f", Name="live")["FunctionVersion"] == "2"
    api.delete_alias(FunctionName="f", Name="live")
    assert refused(lambda: api.get_alias(FunctionName="f", Name="live"))[0] == "ResourceNotFoundException"
    api.delete_function(FunctionName="f", Qualifier="1")
    assert refused(lambda: clients.call(Qualifier="1"))[:2] == ("ResourceNotFoundException", 404)


def archive_with(name: str, *, mode: int = 0o100644) -> dict[str, bytes]:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        member = zipfile.ZipInfo(name)
        member.external_attr = mode << 16
        archive.writestr(member, "x")
    return {"ZipFile": written.getvalue()}


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (archive_with("../evil.py"), "leads out of the folder"),
        (archive_with("/evil.py"), "leads out of the folder"),
        (archive_with("a/../../evil.py"), "leads out of the folder"),
        (archive_with("..\\evil.py"), "leads out of the folder"),
        (archive_with("link", mode=0o120777), "neither a file nor a folder"),
        ({"ZipFile": b"no zip"}, "Could not unzip uploaded file"),
        ({"S3Bucket": "bucket", "S3Key": "key"}, "there is no S3 here"),
        ({"S3Bucket": "hot-reload", "S3Key": "relative"}, "is no folder"),
    ],
)
def test_code_that_cannot_be_is_refused(clients: Clients, code: dict[str, Any], message: str) -> None:
    kind, status, told = refused(lambda: clients.create("", Code=code))
    assert (kind, status) == ("InvalidParameterValueException", 400)
    assert message in told
    assert clients.functions.list_functions()["Functions"] == []


@pytest.mark.parametrize(
    ("members", "kind", "message"),
    [
        ({"Timeout": 901}, "ValidationException", "Value '901' at 'timeout' failed to satisfy constraint"),
        ({"MemorySize": 127}, "ValidationException", "Value '127' at 'memorySize' failed to satisfy constraint"),
        ({"Runtime": "cobol85"}, "InvalidParameterValueException", "Value cobol85 at 'runtime'"),
        (
            {"Layers": ["arn:aws:lambda:us-east-1:000000000000:layer:x:1"]},
            "InvalidParameterValueException",
            "Layers is not supported",
        ),
        ({"Environment": {"Variables": {"_HANDLER": "x"}}}, "InvalidParameterValueException", "reserved keys"),
        ({"Environment": {"Variables": {"AA": "x" * 4096}}}, "InvalidParameterValueException", "4KB limit"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(
    clients: Clients, members: dict[str, Any], kind: str, message: str
) -> None:
    code, _, told = refused(lambda: clients.create("", **members))
    assert code == kind
    assert message in told


def test_the_welcome_mail_is_sent_once_for_each_new_customer_with_an_address(clients: Clients) -> None:
    stream = clients.table("Customers")
    clients.table("Mails")
    source = """
import boto3
db = boto3.client("dynamodb")
def handler(event, context):
    for record in event["Records"]:
        address = record["dynamodb"]["NewImage"]["EmailAddress"]["S"]
        db.update_item(TableName="Mails", Key={"id": {"S": address}}, UpdateExpression="ADD sent :one",
                       ExpressionAttributeValues={":one": {"N": "1"}})
"""
    clients.create(source, "welcome", Timeout=20)
    pattern = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"EmailAddress": {"S": [{"exists": True}]}}}}
    created = clients.functions.create_event_source_mapping(
        FunctionName="welcome",
        EventSourceArn=stream,
        StartingPosition="TRIM_HORIZON",
        FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]},
    )
    assert (created["State"], created["LastProcessingResult"]) == ("Creating", "No records processed")
    customer = {"id": {"S": "1"}, "EmailAddress": {"S": "ada@example.com"}}
    clients.db.put_item(TableName="Customers", Item=customer)
    clients.db.put_item(TableName="Customers", Item={**customer, "visits": {"N": "2"}})
    clients.db.put_item(TableName="Customers", Item={"id": {"S": "2"}})
    clients.db.put_item(TableName="Customers", Item={"id": {"S": "3"}, "EmailAddress": {"S": "bob@example.com"}})
    eventually(lambda: clients.db.scan(TableName="Mails")["Count"] == 2)
    time.sleep(0.1)
    mails = clients.db.scan(TableName="Mails")["Items"]
    assert sorted((each["id"]["S"], each["sent"]["N"]) for each in mails) == [
        ("ada@example.com", "1"),
        ("bob@example.com", "1"),
    ]
    found = clients.functions.get_event_source_mapping(UUID=created["UUID"])
    assert (found["State"], found["LastProcessingResult"]) == ("Enabled", "OK")


def test_mappings_are_listed_changed_disabled_and_deleted(clients: Clients) -> None:
    api, stream = clients.functions, clients.table("orders")
    clients.create("def handler(event, context):\n    return None")
    created = api.create_event_source_mapping(
        FunctionName="f", EventSourceArn=stream, StartingPosition="LATEST", BatchSize=5
    )
    assert len(created["UUID"]) == 36
    kind, status, message = refused(
        lambda: api.create_event_source_mapping(FunctionName="f", EventSourceArn=stream, StartingPosition="LATEST")
    )
    assert (kind, status) == ("ResourceConflictException", 409)
    assert created["UUID"] in message
    (listed,) = api.list_event_source_mappings(FunctionName="f", EventSourceArn=stream)["EventSourceMappings"]
    assert (listed["UUID"], listed["BatchSize"]) == (created["UUID"], 5)
    changed = api.update_event_source_mapping(UUID=created["UUID"], BatchSize=7, FilterCriteria={})
    assert (changed["State"], changed["BatchSize"]) == ("Updating", 7)
    eventually(lambda: api.get_event_source_mapping(UUID=created["UUID"])["State"] == "Enabled")
    assert api.update_event_source_mapping(UUID=created["UUID"], Enabled=False)["State"] == "Disabling"
    eventually(lambda: api.get_event_source_mapping(UUID=created["UUID"])["State"] == "Disabled")
    assert api.update_event_source_mapping(UUID=created["UUID"], Enabled=True)["State"] == "Enabling"
    eventually(lambda: api.get_event_source_mapping(UUID=created["UUID"])["State"] == "Enabled")
    assert api.delete_event_source_mapping(UUID=created["UUID"])["State"] == "Deleting"
    kind, status, message = refused(lambda: api.get_event_source_mapping(UUID=created["UUID"]))
    assert (kind, status, message) == ("ResourceNotFoundException", 404, "The resource you requested does not exist.")


def test_a_mapping_needs_a_function_and_a_stream(clients: Clients) -> None:
    api = clients.functions
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/none/stream/2026-01-01T00:00:00.000"
    members = {"EventSourceArn": arn, "StartingPosition": "LATEST"}
    assert (
        refused(lambda: api.create_event_source_mapping(FunctionName="f", **members))[0] == "ResourceNotFoundException"
    )
    clients.create("def handler(event, context):\n    return None")
    kind, status, message = refused(lambda: api.create_event_source_mapping(FunctionName="f", **members))
    assert (kind, status, message) == ("InvalidParameterValueException", 400, f"Stream not found: {arn}")


def test_functions_mappings_and_checkpoints_survive_a_restart(tmp_path: Path) -> None:
    path = str(tmp_path / "app.stator")
    log = tmp_path / "log"
    source = f"""
def handler(event, context):
    with open({str(log)!r}, "a") as file:
        file.writelines(record["dynamodb"]["Keys"]["id"]["S"] + "\\n" for record in event["Records"])
"""
    with statordb.connect(path) as db, db.serve(functions=True) as server:
        clients = Clients(server.url)
        stream = clients.table("orders")
        clients.create(source, Timeout=20)
        clients.functions.create_event_source_mapping(
            FunctionName="f", EventSourceArn=stream, StartingPosition="LATEST"
        )
        clients.db.put_item(TableName="orders", Item={"id": {"S": "1"}})
        eventually(lambda: log.exists() and log.read_text() == "1\n")
    with statordb.connect(path) as db, db.serve(functions=True) as server:
        clients = Clients(server.url)
        clients.db.put_item(TableName="orders", Item={"id": {"S": "2"}})
        eventually(lambda: log.read_text() == "1\n2\n")
        assert len(clients.functions.list_event_source_mappings()["EventSourceMappings"]) == 1


def test_a_function_that_fails_is_tried_again_with_the_same_records(clients: Clients, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    source = f"""
import pathlib
mark = pathlib.Path({str(mark)!r})
def handler(event, context):
    mark.write_text(mark.read_text() + "x" if mark.exists() else "x")
    if len(mark.read_text()) < 3:
        raise RuntimeError("no")
"""
    stream = clients.table("orders")
    clients.create(source, Timeout=20)
    created = clients.functions.create_event_source_mapping(
        FunctionName="f", EventSourceArn=stream, StartingPosition="TRIM_HORIZON"
    )
    clients.db.put_item(TableName="orders", Item={"id": {"S": "1"}})
    eventually(lambda: mark.exists() and mark.read_text() == "xxx")
    eventually(lambda: clients.functions.get_event_source_mapping(UUID=created["UUID"])["LastProcessingResult"] == "OK")


def test_a_worker_that_feeds_its_own_stream_is_told_of(clients: Clients) -> None:
    import urllib.request

    clients.create(
        """
import boto3
db = boto3.client("dynamodb")
def handler(event, context):
    for record in event["Records"]:
        name = record["dynamodb"]["Keys"]["id"]["S"]
        if len(name) < 3:
            db.put_item(TableName="orders", Item={"id": {"S": name + "a"}})
""",
        Timeout=20,
    )
    stream = clients.table("orders")
    clients.functions.create_event_source_mapping(FunctionName="f", EventSourceArn=stream, StartingPosition="LATEST")

    def told() -> bool:
        with urllib.request.urlopen(f"{clients.url}/statordb/consumers") as answer:
            (consumer,) = json.load(answer)["consumers"]
        return consumer["feeds_itself"]

    clients.db.put_item(TableName="orders", Item={"id": {"S": "long enough"}})
    time.sleep(0.5)
    assert not told(), "others may write to the table"
    clients.db.put_item(TableName="orders", Item={"id": {"S": "a"}})
    eventually(told)


def test_without_functions_the_paths_of_lambda_are_not_there() -> None:
    with statordb.connect() as db, db.serve() as server:
        assert refused(lambda: Clients(server.url).functions.list_functions())[1] == 404
        with pytest.raises(ValueError, match="exclude each other"):
            db.serve(functions=True, allow_public=True)


def asked(url: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str]]:
    import urllib.error
    import urllib.request

    wanted = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=wanted, method=method)) as answer:
            return answer.status, dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers)


def test_a_page_of_the_web_cannot_make_functions(clients: Clients) -> None:
    """A page can post to any address without asking, as long as it sets no header of its own."""
    functions = f"{clients.url}/2015-03-31/functions"
    assert asked(functions)[0] == 403
    assert asked(functions, authorization="AWS4-HMAC-SHA256 x")[0] == 200
    assert asked(functions, authorization="AWS4-HMAC-SHA256 x", origin="http://example.com")[0] == 403
    assert asked(f"{clients.url}/statordb/logs", origin="http://example.com")[0] == 403
    status, headers = asked(functions, "OPTIONS", origin="http://example.com", access_control_request_method="POST")
    assert status == 403
    assert not any(name.lower().startswith("access-control") for name in headers)


def test_what_is_not_answered_says_so(clients: Clients) -> None:
    assert refused(lambda: clients.functions.get_policy(FunctionName="f"))[1] == 501


def command(*arguments: str) -> tuple[int, str]:
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-m", "statordb", *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_logs_and_streams_are_shown_by_commands(clients: Clients) -> None:
    endpoint = ("--endpoint-url", clients.url)
    assert command("streams", *endpoint) == (0, "no function runs from a stream\n")
    clients.create("def handler(event, context):\n    print('hello')")
    stream = clients.table("orders")
    clients.functions.create_event_source_mapping(
        FunctionName="f", EventSourceArn=stream, StartingPosition="TRIM_HORIZON"
    )
    clients.db.put_item(TableName="orders", Item={"id": {"S": "1"}})
    eventually(lambda: "REPORT" in command("logs", "f", *endpoint)[1])
    assert [line.split()[0] for line in command("logs", "f", *endpoint)[1].splitlines()] == [
        "START",
        "hello",
        "END",
        "REPORT",
    ]
    assert command("logs", *endpoint)[1].startswith("f  START")
    assert command("logs", "other", *endpoint) == (0, "")
    status, shown = command("streams", *endpoint)
    assert (status, shown.splitlines()[0]) == (0, "f on orders: Enabled, 0 ms behind")
    assert "delivered 1, tried again 0, given up 0; last result OK" in shown


def test_a_command_says_where_there_is_no_server() -> None:
    status, shown = command("logs", "--endpoint-url", "http://127.0.0.1:9")
    assert status == 1
    assert "there is no server at http://127.0.0.1:9: Connection refused" in shown
    with statordb.connect() as db, db.serve() as server:
        status, shown = command("streams", "--endpoint-url", server.url)
    assert (status, "without `--functions`" in shown) == (1, True)
