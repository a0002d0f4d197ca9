"""The AWS CLI against a running server, in an environment of its own because it needs its own botocore."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from botocore import xform_name

from .roundtrip import STEPS, holds

ROOT = Path(__file__).parents[2]
COMMAND = ROOT / ".venv-awscli" / ("Scripts" if os.name == "nt" else "bin") / "aws"


@pytest.fixture(scope="module")
def aws() -> str:
    command = str(COMMAND) if COMMAND.exists() else shutil.which("aws")
    if command is None:
        pytest.skip("the AWS CLI is not there: `make test` installs it")
    return command


def run(aws: str, endpoint: str, operation: str, members: dict) -> subprocess.CompletedProcess:
    """One command of the CLI, with its members as JSON."""
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        "PYTHONUTF8": "1",
    }
    command = [aws, "dynamodb", xform_name(operation, "-"), "--endpoint-url", endpoint, "--output", "json"]
    command += ["--cli-input-json", json.dumps(members)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)


def test_every_step(aws: str, empty_endpoint: str) -> None:
    for step in STEPS:
        done = run(aws, empty_endpoint, step["operation"], step["members"])
        if "error" in step:
            assert done.returncode != 0
            assert f"({step['error']})" in done.stderr
        else:
            assert done.returncode == 0, (step["operation"], done.stderr)
            answer = json.loads(done.stdout) if done.stdout.strip() else {}
            assert holds(step["answer"], answer), (step["operation"], answer)


def test_short_forms(aws: str, empty_endpoint: str) -> None:
    """Options as people type them: shorthand keys, pages that the CLI asks for itself, a query on the answer."""
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_PAGER": "",
    }

    def typed(words: str, *more: str) -> str:
        command = [aws, "--endpoint-url", empty_endpoint, "dynamodb", *words.split(), *more]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, env=environment).stdout

    typed(
        "create-table --table-name cities --billing-mode PAY_PER_REQUEST "
        "--attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH"
    )
    for city in ("oslo", "rome", "bonn"):
        typed("put-item --table-name cities --item", json.dumps({"id": {"S": city}}))
    found = typed("scan --table-name cities --page-size 1 --query Items[].id.S --output text")
    assert sorted(found.split()) == ["bonn", "oslo", "rome"]
    assert "ACTIVE" in typed("describe-table --table-name cities --query Table.TableStatus --output text")
