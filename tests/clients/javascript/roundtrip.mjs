// Drives a server with the AWS SDK for JavaScript: the steps that every client does, then the document client.
// Usage: node roundtrip.mjs http://127.0.0.1:8000

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import * as dynamodb from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
  paginateScan,
} from "@aws-sdk/lib-dynamodb";

const endpoint = process.argv[2];
const client = new dynamodb.DynamoDBClient({
  endpoint,
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  maxAttempts: 1,
});

/** Checks that `answer` has every member of `expected`; lists have the same length. */
function holds(expected, answer, place) {
  if (Array.isArray(expected)) {
    assert.equal(answer?.length, expected.length, place);
    expected.forEach((element, index) => holds(element, answer[index], `${place}[${index}]`));
  } else if (expected !== null && typeof expected === "object") {
    for (const [name, value] of Object.entries(expected)) holds(value, answer?.[name], `${place}.${name}`);
  } else {
    assert.equal(answer, expected, place);
  }
}

async function runSteps() {
  const steps = JSON.parse(await readFile(new URL("../steps.json", import.meta.url), "utf8"));
  for (const { operation, members, answer, error } of steps) {
    const command = new dynamodb[`${operation}Command`](members);
    if (error) {
      await assert.rejects(client.send(command), (thrown) => thrown.name === error, operation);
    } else {
      holds(answer, await client.send(command), operation);
    }
  }
  return steps.length;
}

async function runDocuments() {
  const documents = DynamoDBDocumentClient.from(client);
  const TableName = "documents";
  await client.send(
    new dynamodb.CreateTableCommand({
      TableName,
      AttributeDefinitions: [
        { AttributeName: "owner", AttributeType: "S" },
        { AttributeName: "number", AttributeType: "N" },
      ],
      KeySchema: [
        { AttributeName: "owner", KeyType: "HASH" },
        { AttributeName: "number", KeyType: "RANGE" },
      ],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  await dynamodb.waitUntilTableExists({ client, minDelay: 1, maxWaitTime: 30 }, { TableName });
  for (let number = 0; number < 12; number += 1) {
    const Item = { owner: "me", number, tags: new Set(["a", `n${number}`]), raw: new Uint8Array([0, 255]), deep: { list: [1, "x", null, true] } };
    await documents.send(new PutCommand({ TableName, Item }));
  }
  const Key = { owner: "me", number: 3 };
  const { Item } = await documents.send(new GetCommand({ TableName, Key }));
  assert.deepEqual(Item, { owner: "me", number: 3, tags: new Set(["a", "n3"]), raw: new Uint8Array([0, 255]), deep: { list: [1, "x", null, true] } });
  const updated = await documents.send(
    new UpdateCommand({ TableName, Key, UpdateExpression: "SET deep.#l[1] = :v", ExpressionAttributeNames: { "#l": "list" }, ExpressionAttributeValues: { ":v": "y" }, ReturnValues: "UPDATED_NEW" }),
  );
  assert.deepEqual(updated.Attributes, { deep: { list: ["y"] } });
  const found = await documents.send(
    new QueryCommand({ TableName, KeyConditionExpression: "#o = :o AND #n >= :n", ExpressionAttributeNames: { "#o": "owner", "#n": "number" }, ExpressionAttributeValues: { ":o": "me", ":n": 10 } }),
  );
  assert.deepEqual(found.Items.map((item) => item.number), [10, 11]);
  const { Responses } = await documents.send(new BatchGetCommand({ RequestItems: { [TableName]: { Keys: [Key] } } }));
  assert.equal(Responses[TableName].length, 1);
  let seen = 0;
  for await (const page of paginateScan({ client: documents, pageSize: 5 }, { TableName })) seen += page.Items.length;
  assert.equal(seen, 12);
  await documents.send(new DeleteCommand({ TableName, Key }));
  assert.equal((await documents.send(new GetCommand({ TableName, Key }))).Item, undefined);
}

const steps = await runSteps();
await runDocuments();
client.destroy();
console.log(`all ${steps} steps and the document client passed`);
