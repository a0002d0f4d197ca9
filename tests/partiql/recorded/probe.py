import boto3, sys, json
from botocore.config import Config
from botocore.exceptions import ClientError

url = sys.argv[1]
db = boto3.client(
    "dynamodb",
    endpoint_url=url,
    region_name="us-east-1",
    aws_access_key_id="a",
    aws_secret_access_key="b",
    config=Config(retries={"max_attempts": 1}, parameter_validation=False),
)


def make(name, keys, gsis=(), lsis=()):
    kinds = dict(k.split(":")[:2] for k in keys)
    args = dict(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": k.split(":")[0], "AttributeType": k.split(":")[1]} for k in keys],
    )
    ks = [k.split(":")[0] for k in keys if len(k.split(":")) < 3]
    args["KeySchema"] = [{"AttributeName": k, "KeyType": t} for k, t in zip(ks, ("HASH", "RANGE"))]
    if gsis:
        args["GlobalSecondaryIndexes"] = gsis
    if lsis:
        args["LocalSecondaryIndexes"] = lsis
    try:
        db.create_table(**args)
    except ClientError as e:
        print("create", name, e)


def ks(h, r=None):
    return [{"AttributeName": h, "KeyType": "HASH"}] + ([{"AttributeName": r, "KeyType": "RANGE"}] if r else [])


make("hhh", ["a:S"])
make(
    "hrr",
    ["p:S", "s:N", "g:S:x", "q:N:x"],
    [
        {"IndexName": "gii", "KeySchema": ks("g", "q"), "Projection": {"ProjectionType": "ALL"}},
        {"IndexName": "gkk", "KeySchema": ks("g"), "Projection": {"ProjectionType": "KEYS_ONLY"}},
    ],
    [{"IndexName": "lii", "KeySchema": ks("p", "q"), "Projection": {"ProjectionType": "KEYS_ONLY"}}],
)
for i in range(6):
    db.put_item(
        TableName="hrr",
        Item={
            "p": {"S": "x" if i < 4 else "y"},
            "s": {"N": str(i)},
            "g": {"S": "G" if i % 2 else "H"},
            "q": {"N": str(10 - i)},
            "v": {"S": f"v{i}"},
            "m": {"M": {"k": {"N": str(i)}, "l": {"L": [{"S": "e0"}, {"S": "e1"}]}}},
            "ss": {"SS": ["a", "b"]},
            "n": {"NULL": True} if i == 0 else {"N": "1"},
        },
    )
db.put_item(
    TableName="hhh",
    Item={
        "a": {"S": "one"},
        "n": {"N": "5"},
        "m": {"M": {"k": {"M": {"z": {"N": "9"}}}}},
        "l": {"L": [{"N": "1"}, {"N": "2"}, {"N": "3"}]},
        "ss": {"SS": ["x", "y"]},
        "ns": {"NS": ["1", "2"]},
        "b": {"BOOL": True},
        "nul": {"NULL": True},
        "bin": {"B": b"ab"},
        "long name": {"S": "q"},
    },
)


def run(op, **kw):
    try:
        r = getattr(db, op)(**kw)
        r.pop("ResponseMetadata", None)
        return r
    except ClientError as e:
        r = dict(e.response)
        r.pop("ResponseMetadata", None)
        r["!"] = r.pop("Error")
        r.pop("message", None)
        r.pop("Message", None)
        return r
    except Exception as e:
        return {"!!": repr(e)}


def show(r):
    return json.dumps(
        r, default=lambda b: b.decode("latin1") if isinstance(b, (bytes, bytearray)) else str(b), ensure_ascii=False
    )


for line in open(sys.argv[2]):
    line = line.rstrip("\n")
    if not line or line.startswith("//"):
        print(line)
        continue
    if line.startswith("{"):
        kw = json.loads(line)
        op = kw.pop("op", "execute_statement")
    else:
        text, _, rest = line.partition(" ;; ")
        kw = {"Statement": text, **(json.loads(rest) if rest else {})}
        op = "execute_statement"
    print("> " + line)
    print("   " + show(run(op, **kw))[:700])
