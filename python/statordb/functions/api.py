"""Lambda's REST API: functions, versions, aliases, invocations and mappings, as boto3's `lambda` asks for them.

What Lambda has and this has not is answered with a 501 that says so.
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
import re
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib import parse

from statordb.errors import ClientError, ResourceNotFoundException, ValidationException
from statordb.functions import archive
from statordb.functions.function import FunctionConfiguration, Name, checked_members
from statordb.functions.pool import Pool, Throttled, WorkerFunction
from statordb.functions.registry import Registry, sha256_of
from statordb.streams.function import function_arn
from statordb.streams.mapping import document_name
from statordb.streams.records import PAYLOAD_BYTES_MAX
from statordb.streams.refusal import fault, invalid, refusal
from statordb.streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from statordb import _core
    from statordb.functions.pool import Invoked
    from statordb.streams.consumers import Consumers
    from statordb.streams.mapping import EventSourceMapping

__all__ = ["LambdaApi"]

LOGGER = logging.getLogger("statordb.functions")
SIGNED = "/2015-03-31/"
HOT_RELOAD = "hot-reload"
"""The name of a bucket that means the folder that is named by the key: the code is run where it lies."""
EVENT_BYTES_MAX = 1024 * 1024
EVENT_ATTEMPTS = 3
EVENT_REST_S = 0.1
EVENTS_AT_ONCE_MAX = 16
LOG_WAIT_S = 20

Answer = tuple[int, list[tuple[str, str]], bytes]


class Request:
    """One request, with what its path names."""

    def __init__(self, path: list[str], query: dict[str, str], headers: dict[str, str], body: bytes) -> None:
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body

    def members(self, operation: str) -> dict[str, Any]:
        """The members of the body."""
        try:
            members = json.loads(self.body) if self.body else {}
        except (ValueError, RecursionError) as error:
            raise refusal(
                "Could not parse request body into json", operation, "InvalidRequestContentException"
            ) from error
        if not isinstance(members, dict):
            raise refusal("Could not parse request body into json", operation, "InvalidRequestContentException")
        return members


class LambdaApi:
    """The API over the functions and the mappings of one database."""

    def __init__(self, database: _core.Database, consumers: Consumers, endpoint: str, *, poll_ms: int = 0) -> None:
        self._database = database
        self._consumers = consumers
        self._poll_ms = poll_ms
        self.registry = Registry(database, endpoint)
        self._lock = threading.RLock()
        self._mappings: dict[str, EventSourceMapping] = {}
        self._starting: list[threading.Thread] = []
        self._events = ThreadPoolExecutor(EVENTS_AT_ONCE_MAX, "statordb-event")
        self._resume()

    # ------------------------------------------------------------------------------------------------ requests

    def answer(self, method: str, path: str, query: str, headers: list[tuple[str, str]], body: bytes) -> Answer:
        """Answer one request."""
        given = {name.lower() for name, _ in headers}
        # Pages of the web can post to this machine, but nothing signed, and not without saying where they are from.
        if "origin" in given:
            return _failed(403, "AccessDeniedException", "pages of the web are not answered")
        if path.startswith(SIGNED) and "authorization" not in given:
            return _failed(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
        request = Request([], dict(parse.parse_qsl(query, keep_blank_values=True)), dict(headers), body)
        try:
            for pattern, allowed, handle in ROUTES:
                found = pattern.fullmatch(path.rstrip("/"))
                if found and method == allowed:
                    request.path = [parse.unquote(part) for part in found.groups()]
                    answered: Answer = handle(self, request)
                    return answered
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            return _failed(status, error.code, error.message)
        except Throttled:
            return _failed(429, "TooManyRequestsException", "Rate Exceeded.")
        except Exception:
            LOGGER.exception("%s %s failed", method, path)
            return _failed(500, "ServiceException", "internal error")
        return _failed(501, "NotImplementedException", f"StatorDB does not answer {method} {path}")

    # ------------------------------------------------------------------------------------------------ functions

    def _create_function(self, request: Request) -> Answer:
        operation = "CreateFunction"
        members = request.members(operation)
        fields = checked_members(members, operation)
        for name in ("FunctionName", "Role", "Code"):
            if members.get(name) is None:
                raise invalid([fault(None, name, "Member must not be null")], operation)
        if "runtime" not in fields or "handler" not in fields:
            raise refusal(
                "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
                operation,
            )
        code, place = self._code(members["Code"], operation)
        tags = members.get("Tags") or {}
        name = Name(str(members["FunctionName"]), None, operation).name
        function = FunctionConfiguration(name=name, **fields, **place, tags=tags)
        created = self.registry.create(function, code, operation)
        if members.get("Publish"):
            created = self.registry.publish(Name(name, None, operation), None, operation)
        return _answered(201, created.members(self.registry.region))

    def _code(self, given: Any, operation: str) -> tuple[bytes | None, dict[str, Any]]:
        """The zip file of a request, and what the configuration says of it."""
        if not isinstance(given, dict):
            raise refusal("Code has a ZipFile", operation, "SerializationException")
        if given.get("S3Bucket") == HOT_RELOAD and given.get("S3Key"):
            folder = Path(str(given["S3Key"]))
            if not folder.is_absolute() or not folder.is_dir():
                raise refusal(f"`{folder}` is no folder by its path from the root", operation)
            place: dict[str, Any] = {
                "folder": str(folder),
                "code_size": 0,
                "code_sha256": sha256_of(str(folder).encode()),
            }
            return None, place
        if given.get("ZipFile") is None:
            message = (
                f"Please provide a ZipFile, or the bucket `{HOT_RELOAD}` and a folder as its key: there is no S3 here."
            )
            raise refusal(message, operation)
        try:
            code = base64.b64decode(given["ZipFile"], validate=True)
        except (binascii.Error, ValueError, TypeError) as error:
            raise refusal("ZipFile is no base64", operation, "SerializationException") from error
        place = {"folder": None, "code_size": len(code), "code_sha256": sha256_of(code)}
        self._check_code(code, operation)
        return code, place

    def _check_code(self, code: bytes, operation: str) -> None:
        """Unpack the code once, to refuse what cannot be."""
        import tempfile

        with tempfile.TemporaryDirectory(prefix="statordb-code-") as folder:
            try:
                archive.unpacked(code, Path(folder))
            except archive.CodeError as error:
                raise refusal(str(error), operation) from error

    def _named(self, request: Request, operation: str) -> Name:
        return Name(request.path[0], request.query.get("Qualifier"), operation)

    def _get_function(self, request: Request) -> Answer:
        function = self.registry.find(self._named(request, "GetFunction"), "GetFunction")
        members: dict[str, Any] = {
            "Configuration": function.members(self.registry.region),
            "Code": {"RepositoryType": "S3", "Location": f"file://{self.registry.folder(function)}"},
        }
        if function.tags:
            members["Tags"] = function.tags
        return _answered(200, members)

    def _get_configuration(self, request: Request) -> Answer:
        operation = "GetFunctionConfiguration"
        function = self.registry.find(self._named(request, operation), operation)
        return _answered(200, function.members(self.registry.region))

    def _update_code(self, request: Request) -> Answer:
        operation = "UpdateFunctionCode"
        name, members = self._named(request, operation), request.members(operation)
        before = self.registry.find(Name(name.name, None, operation), operation)
        self._check_revision(before, members, operation)
        code, place = self._code(members, operation)
        if members.get("DryRun"):
            return _answered(200, before.members(self.registry.region))
        changed = self.registry.change(name, place, code, operation)
        if members.get("Publish"):
            changed = self.registry.publish(name, None, operation)
        return _answered(200, changed.members(self.registry.region))

    def _update_configuration(self, request: Request) -> Answer:
        operation = "UpdateFunctionConfiguration"
        name, members = self._named(request, operation), request.members(operation)
        fields = checked_members(members, operation)
        self._check_revision(self.registry.find(Name(name.name, None, operation), operation), members, operation)
        return _answered(200, self.registry.change(name, fields, None, operation).members(self.registry.region))

    def _check_revision(self, function: FunctionConfiguration, members: dict[str, Any], operation: str) -> None:
        wanted = members.get("RevisionId")
        if wanted and wanted != function.revision:
            message = (
                "The RevisionId provided does not match the latest RevisionId. Call the GetFunction/GetAlias API to "
                "retrieve the latest RevisionId"
            )
            raise refusal(message, operation, "PreconditionFailedException", 412)

    def _delete_function(self, request: Request) -> Answer:
        self.registry.delete(self._named(request, "DeleteFunction"), "DeleteFunction")
        return 204, [], b""

    def _list_functions(self, request: Request) -> Answer:
        region, functions = self.registry.region, []
        for name in self.registry.names():
            versions = self.registry.versions(Name(name, None, "ListFunctions"), "ListFunctions")
            is_all = request.query.get("FunctionVersion") == "ALL"
            functions += [each.members(region, qualified=is_all) for each in (versions if is_all else versions[:1])]
        return _page(request, "Functions", functions)

    def _publish_version(self, request: Request) -> Answer:
        operation = "PublishVersion"
        members = request.members(operation)
        name = self._named(request, operation)
        latest = self.registry.find(Name(name.name, None, operation), operation)
        self._check_revision(latest, members, operation)
        if members.get("CodeSha256") not in (None, "", latest.code_sha256):
            raise refusal(
                f"CodeSHA256 ({members['CodeSha256']}) is different from current CodeSHA256 in $LATEST", operation
            )
        version = self.registry.publish(name, members.get("Description"), operation)
        return _answered(201, version.members(self.registry.region))

    def _list_versions(self, request: Request) -> Answer:
        versions = self.registry.versions(self._named(request, "ListVersionsByFunction"), "ListVersionsByFunction")
        return _page(request, "Versions", [each.members(self.registry.region, qualified=True) for each in versions])

    # ------------------------------------------------------------------------------------------------ aliases

    def _alias_members(self, name: str, alias: str, document: dict[str, Any]) -> dict[str, Any]:
        return {
            "AliasArn": function_arn(self.registry.region, name, alias),
            "Name": alias,
            "FunctionVersion": document["version"],
            "Description": document["description"],
            "RevisionId": document["revision"],
        }

    def _create_alias(self, request: Request) -> Answer:
        operation = "CreateAlias"
        name, members = self._named(request, operation), request.members(operation)
        alias = str(members.get("Name", ""))
        self._check_routing(members, operation)
        if alias in self.registry.aliases(name):
            arn = function_arn(self.registry.region, name.name, alias)
            raise refusal(f"Alias already exists: {arn}", operation, "ResourceConflictException", 409)
        version, text = str(members.get("FunctionVersion", "")), members.get("Description") or ""
        document = self.registry.put_alias(name, alias, version, text, operation)
        return _answered(201, self._alias_members(name.name, alias, document))

    def _check_routing(self, members: dict[str, Any], operation: str) -> None:
        if (members.get("RoutingConfig") or {}).get("AdditionalVersionWeights"):
            raise refusal("RoutingConfig is not supported by StatorDB", operation)

    def _get_alias(self, request: Request) -> Answer:
        name, alias = self._named(request, "GetAlias"), request.path[1]
        document = self.registry.alias(name, alias, "GetAlias")
        return _answered(200, self._alias_members(name.name, alias, document))

    def _update_alias(self, request: Request) -> Answer:
        operation = "UpdateAlias"
        name, alias, members = self._named(request, operation), request.path[1], request.members(operation)
        self._check_routing(members, operation)
        before = self.registry.alias(name, alias, operation)
        version = members.get("FunctionVersion") or before["version"]
        text = before["description"] if members.get("Description") is None else members["Description"]
        document = self.registry.put_alias(name, alias, version, text, operation)
        return _answered(200, self._alias_members(name.name, alias, document))

    def _delete_alias(self, request: Request) -> Answer:
        self.registry.delete_alias(self._named(request, "DeleteAlias"), request.path[1])
        return 204, [], b""

    def _list_aliases(self, request: Request) -> Answer:
        name = self._named(request, "ListAliases")
        self.registry.find(Name(name.name, None, "ListAliases"), "ListAliases")
        wanted = request.query.get("FunctionVersion")
        found = self.registry.aliases(name).items()
        aliases = [self._alias_members(name.name, *each) for each in found if wanted in (None, each[1]["version"])]
        return _page(request, "Aliases", aliases)

    # ------------------------------------------------------------------------------------------------ invocations

    def _invoke(self, request: Request) -> Answer:
        operation = "Invoke"
        function = self.registry.find(self._named(request, operation), operation)
        kind = request.headers.get("x-amz-invocation-type", "RequestResponse")
        limit = EVENT_BYTES_MAX if kind == "Event" else PAYLOAD_BYTES_MAX
        if len(request.body) > limit:
            message = (
                f"{len(request.body)} byte payload is too large for the {kind} invocation type (limit {limit} bytes)"
            )
            raise refusal(message, operation, "RequestTooLargeException", 413)
        body = request.body or b"{}"
        try:
            json.loads(body)
        except (ValueError, RecursionError) as error:
            message = "Could not parse request body into json"
            raise refusal(message, operation, "InvalidRequestContentException") from error
        if kind == "DryRun":
            return 204, [], b""
        pool = self.registry.pool(function)
        context = _client_context(request.headers.get("x-amz-client-context"), operation)
        if kind == "Event":
            self._events.submit(_invoke_later, pool, body, context)
            return 202, [], b""
        if kind != "RequestResponse":
            raise invalid([fault(kind, "InvocationType", "Member must satisfy enum value set")], operation)
        return _invoked(pool.invoke(body, client_context=context), request.headers.get("x-amz-log-type") == "Tail")

    # ------------------------------------------------------------------------------------------------ mappings

    def _resume(self) -> None:
        """Start the mappings of functions that were kept."""
        prefix = document_name("")
        names = set(self.registry.names())
        for place, document in self._database.documents(prefix):
            identifier, _, rest = place[len(prefix) :].partition("/")
            kept = {} if rest else json.loads(document)
            if kept.get("function") in names:
                settings = Settings.of_kept(kept["settings"])
                function = WorkerFunction(self.registry, kept["function"], kept.get("qualifier"))
                try:
                    self._add(function, kept["stream"], settings)
                except ClientError as error:
                    LOGGER.warning("the mapping %s of `%s` cannot go on: %s", identifier, kept["function"], error)

    def _add(self, function: WorkerFunction, stream: str, settings: Settings) -> EventSourceMapping:
        destination = self._consumers.destination(settings, "CreateEventSourceMapping")
        mapping = self._consumers.create(function, stream, settings, destination=destination, poll_ms=self._poll_ms)
        with self._lock:
            self._mappings[mapping.uuid] = mapping
        return mapping

    def _create_mapping(self, request: Request) -> Answer:
        operation = "CreateEventSourceMapping"
        members = request.members(operation)
        name = Name(str(members.get("FunctionName", "")), None, operation)
        self.registry.find(name, operation)
        settings = Settings.of_members(members, operation)
        stream = str(members.get("EventSourceArn", ""))
        try:
            self._database.stream_reader(stream)
        except (ResourceNotFoundException, ValidationException) as error:
            raise refusal(f"Stream not found: {stream}", operation) from error
        mapping = self._add(WorkerFunction(self.registry, name.name, name.qualifier), stream, settings)
        return _answered(202, mapping.describe() | {"State": "Creating"})

    def _mapping(self, request: Request, operation: str) -> EventSourceMapping:
        with self._lock:
            mapping = self._mappings.get(request.path[0])
        if mapping is None:
            message = "The resource you requested does not exist."
            raise refusal(message, operation, "ResourceNotFoundException", 404)
        return mapping

    def _get_mapping(self, request: Request) -> Answer:
        return _answered(200, self._mapping(request, "GetEventSourceMapping").describe())

    def _update_mapping(self, request: Request) -> Answer:
        operation = "UpdateEventSourceMapping"
        mapping, members = self._mapping(request, operation), request.members(operation)
        settings = mapping.settings.changed(members, operation)
        destination = self._consumers.destination(settings, operation)
        if (name := members.get("FunctionName")) is not None:
            wanted = Name(str(name), None, operation)
            self.registry.find(wanted, operation)
            if wanted.name != mapping.function.name:
                raise refusal("FunctionName of a mapping cannot be changed by StatorDB: make a new one", operation)
        state = "Updating"
        if settings.enabled != mapping.settings.enabled:
            state = "Enabling" if settings.enabled else "Disabling"

        def change() -> None:
            mapping.destination = destination
            mapping.change(settings)

        described = mapping.describe() | settings.members() | {"State": state}
        self._soon(mapping, state, change, operation)
        return _answered(202, described)

    def _delete_mapping(self, request: Request) -> Answer:
        operation = "DeleteEventSourceMapping"
        mapping = self._mapping(request, operation)
        described = mapping.describe() | {"State": "Deleting"}
        self._soon(mapping, "Deleting", mapping.delete, operation)
        with self._lock:
            self._mappings.pop(mapping.uuid, None)
        return _answered(202, described)

    def _soon(self, mapping: EventSourceMapping, state: str, run: Callable[[], None], operation: str) -> None:
        """Do what may have to wait for a function that runs. Raises what Lambda answers during another change."""
        thread = threading.Thread(target=run, name="statordb-mapping", daemon=True)
        with self._lock:
            if mapping.state not in ("Enabled", "Disabled"):
                message = "Cannot update the event source mapping because it is in use."
                raise refusal(message, operation, "ResourceInUseException")
            mapping.state = state
            self._starting = [each for each in self._starting if each.is_alive()]
            self._starting.append(thread)
            thread.start()

    def _list_mappings(self, request: Request) -> Answer:
        with self._lock:
            mappings = list(self._mappings.values())
        stream, function = request.query.get("EventSourceArn"), request.query.get("FunctionName")
        name = Name(function, None, "ListEventSourceMappings").name if function else None
        wanted = [
            mapping.describe()
            for mapping in mappings
            if stream in (None, mapping.stream_arn) and name in (None, mapping.function.name)
        ]
        return _page(request, "EventSourceMappings", wanted)

    # ------------------------------------------------------------------------------------------------ our own

    def _tail_logs(self, request: Request) -> Answer:
        """The lines that functions have written, behind a number; asked by `statordb logs`."""
        behind = int(request.query.get("behind") or 0)
        wait_s = LOG_WAIT_S if request.query.get("wait") else 0
        lines = self.registry.logs.behind(behind, request.query.get("function"), wait_s)
        return _answered(200, {"lines": [line._asdict() for line in lines]})

    def _tell_consumers(self, _: Request) -> Answer:
        """How the mappings of the database do; asked by `statordb streams`."""
        return _answered(200, {"consumers": [mapping.status() for mapping in self._consumers.list()]})

    def close(self) -> None:
        """Stop the mappings of functions, and end all workers."""
        with self._lock:
            starting = list(self._starting)
        for thread in starting:
            thread.join(10)
        with self._lock:
            mappings = list(self._mappings.values())
            self._mappings.clear()
        for mapping in mappings:
            self._consumers.release(mapping)
        self._events.shutdown(wait=False, cancel_futures=True)
        self.registry.close()


def _invoke_later(pool: Pool, body: bytes, context: str | None) -> None:
    """Run an invocation that nobody waits for: again twice if it fails, as Lambda does; later if there is no room."""
    attempts = 0
    while attempts < EVENT_ATTEMPTS:
        try:
            if pool.invoke(body, client_context=context).function_error is None:
                return
            attempts += 1
        except Throttled:
            if pool.is_over:
                return
            time.sleep(EVENT_REST_S)


def _client_context(encoded: str | None, operation: str) -> str | None:
    if not encoded:
        return None
    try:
        text = base64.b64decode(encoded, validate=True).decode()
        json.loads(text)
    except (binascii.Error, ValueError) as error:
        raise refusal("Client context must be a valid Base64-encoded JSON object.", operation) from error
    return json.dumps(json.loads(text))


def _invoked(invoked: Invoked, with_log: bool) -> Answer:
    headers = [
        ("content-type", "application/json"),
        ("x-amzn-requestid", invoked.request_id),
        ("x-amz-executed-version", invoked.version),
    ]
    if invoked.function_error:
        headers.append(("x-amz-function-error", invoked.function_error))
    if with_log:
        headers.append(("x-amz-log-result", invoked.log_tail))
    return 200, headers, invoked.payload


def _answered(status: int, members: dict[str, Any]) -> Answer:
    headers = [("content-type", "application/json"), ("x-amzn-requestid", str(uuid.uuid4()))]
    return status, headers, json.dumps(members).encode()


def _failed(status: int, code: str, message: str) -> Answer:
    answer = _answered(status, {"Type": "User" if status < 500 else "Service", "Message": message, "message": message})
    answer[1].append(("x-amzn-errortype", code))
    return answer


def _page(request: Request, name: str, found: list[dict[str, Any]]) -> Answer:
    """A page of a list, from where `Marker` says."""
    try:
        start, count = int(request.query.get("Marker") or 0), int(request.query.get("MaxItems") or 50)
    except ValueError as error:
        raise refusal("Marker and MaxItems are numbers", name) from error
    members: dict[str, Any] = {name: found[start : start + count]}
    if start + count < len(found):
        members["NextMarker"] = str(start + count)
    return _answered(200, members)


def _route(pattern: str, method: str, handle: Callable[[LambdaApi, Request], Answer]) -> tuple[Any, ...]:
    return re.compile(pattern.replace("{}", "([^/]+)")), method, handle


FUNCTIONS, MAPPINGS = "/2015-03-31/functions", "/2015-03-31/event-source-mappings"
ROUTES = [
    _route(FUNCTIONS, "POST", LambdaApi._create_function),
    _route(FUNCTIONS, "GET", LambdaApi._list_functions),
    _route(FUNCTIONS + "/{}", "GET", LambdaApi._get_function),
    _route(FUNCTIONS + "/{}", "DELETE", LambdaApi._delete_function),
    _route(FUNCTIONS + "/{}/configuration", "GET", LambdaApi._get_configuration),
    _route(FUNCTIONS + "/{}/configuration", "PUT", LambdaApi._update_configuration),
    _route(FUNCTIONS + "/{}/code", "PUT", LambdaApi._update_code),
    _route(FUNCTIONS + "/{}/versions", "POST", LambdaApi._publish_version),
    _route(FUNCTIONS + "/{}/versions", "GET", LambdaApi._list_versions),
    _route(FUNCTIONS + "/{}/aliases", "POST", LambdaApi._create_alias),
    _route(FUNCTIONS + "/{}/aliases", "GET", LambdaApi._list_aliases),
    _route(FUNCTIONS + "/{}/aliases/{}", "GET", LambdaApi._get_alias),
    _route(FUNCTIONS + "/{}/aliases/{}", "PUT", LambdaApi._update_alias),
    _route(FUNCTIONS + "/{}/aliases/{}", "DELETE", LambdaApi._delete_alias),
    _route(FUNCTIONS + "/{}/invocations", "POST", LambdaApi._invoke),
    _route(MAPPINGS, "POST", LambdaApi._create_mapping),
    _route(MAPPINGS, "GET", LambdaApi._list_mappings),
    _route(MAPPINGS + "/{}", "GET", LambdaApi._get_mapping),
    _route(MAPPINGS + "/{}", "PUT", LambdaApi._update_mapping),
    _route(MAPPINGS + "/{}", "DELETE", LambdaApi._delete_mapping),
    _route("/statordb/logs", "GET", LambdaApi._tail_logs),
    _route("/statordb/consumers", "GET", LambdaApi._tell_consumers),
]
