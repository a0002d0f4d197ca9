"""What is known of a function: its configuration, as Lambda's API shows it."""

from __future__ import annotations

import re
import uuid
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from statordb.streams.failure import iso_time
from statordb.streams.function import function_arn
from statordb.streams.refusal import fault, invalid, out_of_range, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LATEST", "FunctionConfiguration", "Name", "checked_members", "unlike_pattern"]

LATEST = "$LATEST"
NAME = re.compile(
    r"(?:arn:(?:aws[a-z-]*):lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):function:|(?P<own>\d{12}):(?:function:)?)?"
    r"(?P<name>[A-Za-z0-9_-]{1,64})(?::(?P<qualifier>\$LATEST|[A-Za-z0-9_-]{1,128}))?"
)
ENVIRONMENT_BYTES_MAX = 4096
VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]+")
RESERVED_VARIABLES = (
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
)
RUNTIMES = re.compile(r"python3\.\d+|nodejs\d+\.x|provided\.al2(?:023)?")
NOT_HONOURED = (
    "CapacityProviderConfig",
    "CodeSigningConfigArn",
    "DeadLetterConfig",
    "DurableConfig",
    "FileSystemConfigs",
    "ImageConfig",
    "KMSKeyArn",
    "Layers",
    "SnapStart",
    "VpcConfig",
)


def unlike_pattern(text: str, place: str, operation: str) -> Exception:
    """Make the exception for a text that has not the form of its member."""
    return invalid([fault(text, place, "Member must satisfy regular expression pattern")], operation)


class Name:
    """The function that a text names: a name, an ARN or a part of one, with or without a version or an alias."""

    def __init__(self, text: str, qualifier: str | None, operation: str) -> None:
        found = NAME.fullmatch(text)
        if found is None:
            raise unlike_pattern(text, "functionName", operation)
        self.name: str = found["name"]
        inner = found["qualifier"]
        if inner and qualifier and inner != qualifier:
            message = "The derived qualifier from the function name does not match the specified qualifier."
            raise refusal(message, operation)
        self.qualifier: str | None = qualifier or inner


@dataclass(frozen=True)
class FunctionConfiguration:
    """One version of a function."""

    name: str
    runtime: str
    handler: str
    role: str
    code_sha256: str
    code_size: int
    description: str = ""
    timeout_s: int = 3
    memory_mb: int = 128
    environment: dict[str, str] = field(default_factory=dict)
    version: str = LATEST
    modified_ms: int = 0
    revision: str = field(default_factory=lambda: str(uuid.uuid4()))
    folder: str | None = None
    """Where the code lies, for one that is not unpacked."""
    tags: dict[str, str] = field(default_factory=dict)

    def arn(self, region: str) -> str:
        """The ARN of the function, without a version."""
        return function_arn(region, self.name)

    def kept(self) -> dict[str, Any]:
        """What is kept of it."""
        return asdict(self)

    def members(self, region: str, *, qualified: bool = False) -> dict[str, Any]:
        """What GetFunctionConfiguration answers."""
        arn = function_arn(region, self.name, self.version if qualified or self.version != LATEST else None)
        members: dict[str, Any] = {
            "FunctionName": self.name,
            "FunctionArn": arn,
            "Runtime": self.runtime,
            "Role": self.role,
            "Handler": self.handler,
            "CodeSize": self.code_size,
            "Description": self.description,
            "Timeout": self.timeout_s,
            "MemorySize": self.memory_mb,
            "LastModified": iso_time(self.modified_ms).removesuffix("Z") + "+0000",
            "CodeSha256": self.code_sha256,
            "Version": self.version,
            "TracingConfig": {"Mode": "PassThrough"},
            "RevisionId": self.revision,
            "State": "Active",
            "LastUpdateStatus": "Successful",
            "PackageType": "Zip",
            "Architectures": ["x86_64"],
            "EphemeralStorage": {"Size": 512},
            "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
            "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{self.name}"},
        }
        if self.environment:
            members["Environment"] = {"Variables": self.environment}
        return members


RANGES = {"Timeout": (1, 900), "MemorySize": (128, 10_240)}
TEXTS = {"Runtime": "runtime", "Handler": "handler", "Role": "role", "Description": "description"}


def checked_members(members: Mapping[str, Any], operation: str) -> dict[str, Any]:
    """Return the fields that members of CreateFunction or UpdateFunctionConfiguration give. Raises what Lambda does."""
    for name in NOT_HONOURED:
        value = members.get(name)
        if value and any(value.values() if isinstance(value, dict) else [value]):
            raise refusal(f"{name} is not supported by StatorDB", operation)
    if members.get("PackageType", "Zip") != "Zip":
        raise refusal("PackageType other than Zip is not supported by StatorDB", operation)
    fields: dict[str, Any] = {}
    for name, field_name in TEXTS.items():
        if (value := members.get(name)) is not None:
            if not isinstance(value, str):
                raise refusal(f"{name} is a text", operation, "SerializationException")
            fields[field_name] = value
    for name, (least, most) in RANGES.items():
        value = members.get(name)
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool):
            raise refusal(f"{name} is a whole number", operation, "SerializationException")
        if not least <= value <= most:
            raise invalid([out_of_range(value, name, least, most)], operation)
        fields["timeout_s" if name == "Timeout" else "memory_mb"] = value
    if "runtime" in fields and not RUNTIMES.fullmatch(fields["runtime"]):
        what = f"Value {fields['runtime']} at 'runtime' failed to satisfy constraint"
        raise refusal(f"{what}: Member must satisfy enum value set", operation)
    if (environment := members.get("Environment")) is not None:
        fields["environment"] = _variables(environment, operation)
    return fields


def _variables(environment: Any, operation: str) -> dict[str, str]:
    variables = environment.get("Variables", {}) if isinstance(environment, dict) else None
    if not isinstance(variables, dict) or not all(isinstance(value, str) for value in variables.values()):
        raise refusal("Environment has Variables, all of them texts", operation, "SerializationException")
    reserved = [name for name in variables if name in RESERVED_VARIABLES]
    if reserved:
        raise refusal(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            f"provided contains reserved keys that are currently not supported for modification. Reserved keys used in "
            f"this request: {', '.join(reserved)}",
            operation,
        )
    bad = [name for name in variables if not VARIABLE.fullmatch(name)]
    if bad or any("\0" in value for value in variables.values()):
        message = f"the name or the value of a variable cannot be: {', '.join(bad)}"
        raise refusal(message, operation, "ValidationException")
    if sum(len(name) + len(value.encode()) for name, value in variables.items()) > ENVIRONMENT_BYTES_MAX:
        why = "because the environment variables you have provided exceeded the 4KB limit."
        raise refusal(f"Lambda was unable to configure your environment variables {why}", operation)
    return dict(variables)
