// Car dealers in one table, with dynamodb-toolbox: entities, indexes, conditions, batches and transactions.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CreateTableCommand, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import {
  $add,
  $append,
  $delete,
  $remove,
  BatchDeleteRequest,
  BatchGetCommand,
  BatchGetRequest,
  BatchPutRequest,
  BatchWriteCommand,
  ConditionCheck,
  DeleteItemCommand,
  DeletePartitionCommand,
  DeleteTransaction,
  Entity,
  GetItemCommand,
  GetTransaction,
  PutItemCommand,
  PutTransaction,
  QueryCommand,
  ScanCommand,
  Table,
  UpdateItemCommand,
  UpdateTransaction,
  binary,
  boolean,
  executeBatchGet,
  executeBatchWrite,
  executeTransactGet,
  executeTransactWrite,
  isConditionCheckFailed,
  isTransactionCancelled,
  item,
  list,
  map,
  number,
  set,
  string,
} from "dynamodb-toolbox";
import { client, documents, range, shuffled, sorted } from "./connection.mjs";

const KINDS = ["van", "bus", "suv"];
const FAILED = { Code: "ConditionalCheckFailed", Message: "The conditional request failed" };

const table = new Table({
  name: "dealers",
  documentClient: documents,
  partitionKey: { name: "pk", type: "string" },
  sortKey: { name: "sk", type: "string" },
  indexes: {
    byKind: {
      type: "global",
      partitionKey: { name: "kind", type: "string" },
      sortKey: { name: "price", type: "number" },
    },
    byPrice: { type: "local", sortKey: { name: "price", type: "number" } },
    byMake: {
      type: "global",
      partitionKeys: [
        { name: "maker", type: "string" },
        { name: "kind", type: "string" },
      ],
      sortKeys: [
        { name: "year", type: "number" },
        { name: "price", type: "number" },
      ],
    },
  },
});

const Car = new Entity({
  name: "Car",
  table,
  timestamps: false,
  schema: item({
    dealer: string().key(),
    plate: number().key(),
    kind: string().enum(...KINDS).optional(),
    price: number(),
    maker: string(),
    year: number(),
    sold: boolean().default(false),
    extras: set(string()).optional(),
    owner: map({ name: string(), city: string().savedAs("c") }).optional(),
    history: list(string()).default([]),
    photo: binary().optional(),
  }),
  computeKey: ({ dealer, plate }) => ({ pk: `DEALER#${dealer}`, sk: `CAR#${String(plate).padStart(4, "0")}` }),
});

const Dealer = new Entity({
  name: "Dealer",
  table,
  timestamps: false,
  schema: item({ dealer: string().key(), stock: number().default(0) }),
  computeKey: ({ dealer }) => ({ pk: `DEALER#${dealer}`, sk: "DEALER" }),
});

const car = (dealer, plate) => ({
  dealer,
  plate,
  kind: KINDS[plate % 3],
  price: shuffled(plate),
  maker: plate % 2 ? "Saab" : "Lada",
  year: 1990 + (plate % 4),
});
const key = (dealer, plate) => ({ dealer, plate });
const plates = (cars) => cars.map(({ plate }) => plate);
const put = (attributes) => Car.build(PutItemCommand).item(attributes).send();
const get = async (dealer, plate) => (await Car.build(GetItemCommand).key(key(dealer, plate)).options({ consistent: true }).send()).Item;
const query = (asked, options = {}) => table.build(QueryCommand).entities(Car).query(asked).options(options);

async function putAll(cars) {
  for (let start = 0; start < cars.length; start += 25) {
    const requests = cars.slice(start, start + 25).map((one) => Car.build(BatchPutRequest).item(one));
    const { UnprocessedItems } = await executeBatchWrite(table.build(BatchWriteCommand).requests(...requests));
    assert.deepEqual(UnprocessedItems, {});
  }
}

before(async () => {
  const types = { pk: "S", sk: "S", kind: "S", price: "N", maker: "S", year: "N" };
  const keys = (hashes, ranges) => [
    ...hashes.map((AttributeName) => ({ AttributeName, KeyType: "HASH" })),
    ...ranges.map((AttributeName) => ({ AttributeName, KeyType: "RANGE" })),
  ];
  const Projection = { ProjectionType: "ALL" };
  await client.send(
    new CreateTableCommand({
      TableName: "dealers",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: Object.entries(types).map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
      KeySchema: keys(["pk"], ["sk"]),
      GlobalSecondaryIndexes: [
        { IndexName: "byKind", KeySchema: keys(["kind"], ["price"]), Projection },
        { IndexName: "byMake", KeySchema: keys(["maker", "kind"], ["year", "price"]), Projection },
      ],
      LocalSecondaryIndexes: [{ IndexName: "byPrice", KeySchema: keys(["pk"], ["price"]), Projection }],
    }),
  );
  await waitUntilTableExists({ client, minDelay: 1, maxWaitTime: 30 }, { TableName: "dealers" });
});

after(() => client.destroy());

test("a car comes back as it was put", async () => {
  const whole = {
    ...car("one", 1),
    sold: true,
    extras: new Set(["radio", "hook"]),
    owner: { name: "Åsa", city: "Umeå" },
    history: ["made", "sold"],
    photo: new Uint8Array([0, 255]),
  };
  const { ToolboxItem } = await put(whole);
  assert.deepEqual(ToolboxItem, { ...whole, entity: "Car" });
  assert.deepEqual(await get("one", 1), whole);
  const { Item } = await Car.build(GetItemCommand).key(key("one", 1)).options({ attributes: ["owner.city", "year"] }).send();
  assert.deepEqual(Item, { owner: { city: "Umeå" }, year: 1991 });
  assert.equal(await get("one", 2), undefined);
  const old = await Car.build(PutItemCommand).item({ ...car("one", 1), price: 5 }).options({ returnValues: "ALL_OLD" }).send();
  assert.deepEqual(old.Attributes, whole);
  assert.deepEqual(await get("one", 1), { ...car("one", 1), price: 5, sold: false, history: [] });
});

test("updates change what they name, under conditions", async () => {
  await put({ ...car("two", 1), extras: new Set(["radio", "hook"]), owner: { name: "Bo", city: "Lund" } });
  const { Attributes } = await Car.build(UpdateItemCommand)
    .item({
      ...key("two", 1),
      price: $add(3),
      extras: $delete(new Set(["hook"])),
      history: $append(["washed"]),
      owner: { city: "Ystad" },
      kind: $remove(),
    })
    .options({ condition: { and: [{ attr: "price", between: [37, 37] }, { attr: "extras", contains: "radio" }] }, returnValues: "ALL_NEW" })
    .send();
  const { kind, ...expected } = { ...car("two", 1), price: 40, sold: false, extras: new Set(["radio"]), owner: { name: "Bo", city: "Ystad" }, history: ["washed"] };
  assert.equal(kind, "bus");
  assert.deepEqual(Attributes, expected);
  const again = Car.build(UpdateItemCommand)
    .item({ ...key("two", 1), price: 0 })
    .options({ condition: { attr: "price", lt: 40 }, returnValuesOnConditionFalse: "ALL_OLD" });
  await assert.rejects(again.send(), (error) => {
    assert.ok(isConditionCheckFailed(error, Car));
    assert.equal(error.message, "The conditional request failed");
    assert.deepEqual(error.FormattedItem, expected);
    return true;
  });
  const create = Car.build(PutItemCommand).item(car("two", 1)).options({ condition: { attr: "plate", exists: false } });
  await assert.rejects(create.send(), (error) => isConditionCheckFailed(error, Car));
  const sell = Car.build(DeleteItemCommand).key(key("two", 1));
  await assert.rejects(sell.options({ condition: { attr: "sold", eq: true } }).send(), (error) => isConditionCheckFailed(error, Car));
  assert.deepEqual((await sell.options({ returnValues: "ALL_OLD" }).send()).Attributes, expected);
  assert.equal(await get("two", 1), undefined);
});

test("queries of the table", async () => {
  await putAll(range(1, 12).map((plate) => car("three", plate)));
  await Dealer.build(PutItemCommand).item({ dealer: "three", stock: 12 }).send();
  const partition = "DEALER#three";
  const all = await query({ partition }).send();
  assert.deepEqual(plates(all.Items), range(1, 12));
  assert.deepEqual([all.Count, all.ScannedCount], [12, 13]);
  assert.deepEqual(all.Items[4], { ...car("three", 5), sold: false, history: [] });
  const back = await query({ partition, range: { beginsWith: "CAR#" } }, { reverse: true, limit: 5, maxPages: 2 }).send();
  assert.deepEqual(plates(back.Items), range(3, 12).reverse());
  assert.deepEqual(back.LastEvaluatedKey, { pk: partition, sk: "CAR#0003" });
  const some = await query({ partition, range: { between: ["CAR#0003", "CAR#0008"] } }, { filters: { Car: { attr: "kind", eq: "bus" } } }).send();
  assert.deepEqual([plates(some.Items), some.ScannedCount], [[4, 7], 6]);
  const pages = [];
  for await (const page of query({ partition, range: { beginsWith: "CAR#" } }, { limit: 5 }).paginate()) pages.push(plates(page.Items));
  assert.deepEqual(pages, [range(1, 5), range(6, 10), range(11, 12)]);
  const both = await table.build(QueryCommand).entities(Car, Dealer).query({ partition, range: { gte: "CAR#0012" } }).options({ showEntityAttr: true }).send();
  assert.deepEqual(both.Items.map(({ entity }) => entity), ["Car", "Dealer"]);
  assert.equal((await table.build(QueryCommand).query({ partition }).options({ select: "COUNT" }).send()).Count, 13);
});

test("queries of indexes", async () => {
  await putAll(range(1, 12).map((plate) => car("four", plate)));
  const partition = "DEALER#four";
  const local = { index: "byPrice", partition };
  assert.deepEqual(plates((await query(local, { consistent: true }).send()).Items), sorted(range(1, 12)));
  assert.deepEqual(plates((await query(local, { reverse: true }).send()).Items), sorted(range(1, 12)).reverse());
  const dear = sorted(range(1, 12).filter((plate) => shuffled(plate) >= 50));
  assert.deepEqual(plates((await query({ ...local, range: { gte: 50 } }).send()).Items), dear);
  const four = { filters: { Car: { attr: "dealer", eq: "four" } } };
  const vans = sorted([3, 6, 9, 12]);
  const pages = [];
  let next;
  do {
    const page = await query({ index: "byKind", partition: "van", range: { gt: 0 } }, { ...four, limit: 3, exclusiveStartKey: next }).send();
    pages.push(...plates(page.Items));
    next = page.LastEvaluatedKey;
    if (next) assert.deepEqual(Object.keys(next).sort(), ["kind", "pk", "price", "sk"]);
  } while (next);
  assert.deepEqual(pages, vans);
  assert.deepEqual(plates((await query({ index: "byKind", partition: "van" }, { ...four, reverse: true }).send()).Items), [...vans].reverse());
  await Car.build(UpdateItemCommand).item({ ...key("four", vans[0]), kind: "bus" }).send();
  await Car.build(DeleteItemCommand).key(key("four", vans[1])).send();
  assert.deepEqual(plates((await query({ index: "byKind", partition: "van" }, four).send()).Items), vans.slice(2));
});

test("queries of an index whose keys have several attributes", async () => {
  const cars = range(1, 24).map((plate) => ({ ...car("five", plate), maker: `five ${plate % 2}` }));
  await putAll(cars);
  const byYearAndPrice = (one, other) => one.year - other.year || one.price - other.price;
  const expected = cars.filter(({ maker, kind }) => maker === "five 0" && kind === "suv").sort(byYearAndPrice);
  const index = "byMake";
  const partition = ["five 0", "suv"];
  assert.deepEqual(plates((await query({ index, partition }).send()).Items), plates(expected));
  assert.deepEqual(plates((await query({ index, partition }, { reverse: true, limit: 2, maxPages: 9 }).send()).Items), plates(expected).reverse());
  const of1990 = expected.filter(({ year, price }) => year === 1990 && price > 40);
  assert.deepEqual(plates((await query({ index, partition, range: [1990, { gt: 40 }] }).send()).Items), plates(of1990));
  assert.ok(of1990.length > 0 && of1990.length < expected.length);
});

test("scans and batches", async () => {
  await putAll(range(1, 30).map((plate) => car("six", plate)));
  const six = { filters: { Car: { attr: "dealer", eq: "six" } } };
  const scan = (options) => table.build(ScanCommand).entities(Car).options({ ...six, ...options });
  const seen = [];
  for await (const page of scan({ limit: 7 }).paginate()) seen.push(...plates(page.Items));
  assert.deepEqual(seen.sort((one, other) => one - other), range(1, 30));
  const halves = await Promise.all([0, 1].map((segment) => scan({ segment, totalSegments: 2 }).send()));
  assert.equal(halves.reduce((sum, { Count }) => sum + Count, 0), 30);
  assert.equal((await scan({ index: "byKind" }).send()).Count, 30);
  const wanted = [5, 1, 31, 30].map((plate) => Car.build(BatchGetRequest).key(key("six", plate)));
  const { Responses, UnprocessedKeys } = await executeBatchGet(table.build(BatchGetCommand).requests(...wanted).options({ consistent: true }));
  assert.deepEqual(Responses[0].map((one) => one?.plate), [5, 1, undefined, 30]);
  assert.deepEqual(UnprocessedKeys, {});
  const deleted = range(1, 20).map((plate) => Car.build(BatchDeleteRequest).key(key("six", plate)));
  await executeBatchWrite(table.build(BatchWriteCommand).requests(...deleted, Car.build(BatchPutRequest).item(car("six", 40))));
  assert.deepEqual(plates((await query({ partition: "DEALER#six" }).send()).Items), [...range(21, 30), 40]);
  await table.build(DeletePartitionCommand).entities(Car).query({ partition: "DEALER#six" }).send();
  assert.equal((await query({ partition: "DEALER#six" }).send()).Count, 0);
});

test("transactions are done whole, or cancelled with reasons", async () => {
  await Dealer.build(PutItemCommand).item({ dealer: "seven", stock: 1 }).send();
  await putAll([car("seven", 8), car("seven", 9)]);
  const parts = [
    Car.build(PutTransaction).item(car("seven", 1)).options({ condition: { attr: "plate", exists: false } }),
    Dealer.build(UpdateTransaction).item({ dealer: "seven", stock: $add(1) }).options({ condition: { attr: "stock", lt: 2 }, returnValuesOnConditionFalse: "ALL_OLD" }),
    Car.build(DeleteTransaction).key(key("seven", 9)),
    Car.build(ConditionCheck).key(key("seven", 8)).condition({ attr: "sold", eq: false }),
  ];
  const clientRequestToken = crypto.randomUUID();
  await executeTransactWrite({ clientRequestToken }, ...parts);
  await executeTransactWrite({ clientRequestToken }, ...parts);
  const { Responses } = await executeTransactGet(
    Dealer.build(GetTransaction).key({ dealer: "seven" }),
    Car.build(GetTransaction).key(key("seven", 1)).options({ attributes: ["price"] }),
    Car.build(GetTransaction).key(key("seven", 9)),
  );
  assert.deepEqual(Responses, [{ Item: { dealer: "seven", stock: 2 } }, { Item: { price: 37 } }, { Item: undefined }]);
  await assert.rejects(executeTransactWrite(...parts), (error) => {
    assert.ok(isTransactionCancelled(error, ...parts));
    const none = { Code: "None" };
    const [first, second, ...others] = error.CancellationReasons;
    assert.deepEqual([first, ...others], [FAILED, none, none]);
    assert.deepEqual([second.Code, second.Message, second.FormattedItem], [FAILED.Code, FAILED.Message, { dealer: "seven", stock: 2 }]);
    assert.match(error.message, /specific reasons \[ConditionalCheckFailed, ConditionalCheckFailed, None, None\]$/);
    return true;
  });
  await assert.rejects(executeTransactWrite({ clientRequestToken }, parts[2]), { name: "IdempotentParameterMismatchException" });
  await assert.rejects(executeTransactWrite(parts[2], parts[2]), {
    name: "ValidationException",
    message: "Transaction request cannot include multiple operations on one item",
  });
  assert.deepEqual(plates((await query({ partition: "DEALER#seven", range: { beginsWith: "CAR#" } }).send()).Items), [1, 8]);
});
