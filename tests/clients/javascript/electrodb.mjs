// Projects and their tasks in one table, with ElectroDB: entities, collections, indexes, batches and transactions.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CreateTableCommand, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import { Entity, Service } from "electrodb";
import { client, documents, range, shuffled, sorted } from "./connection.mjs";

const STATES = ["open", "busy", "done"];
const FAILED = { rejected: true, code: "ConditionalCheckFailed", message: "The conditional request failed" };
const configuration = { table: "tracker", client: documents };
const three = { padding: { length: 3, char: "0" } };

const Task = new Entity(
  {
    model: { entity: "task", version: "1", service: "tracker" },
    attributes: {
      project: { type: "string", required: true },
      number: { type: "number", required: true, ...three },
      state: { type: STATES, default: "open" },
      points: { type: "number", required: true, ...three },
      worker: { type: "string" },
      labels: { type: "set", items: "string" },
      notes: { type: "list", items: { type: "string" } },
      place: { type: "map", properties: { room: { type: "string" }, floor: { type: "number" } } },
      revision: { type: "number", default: 1 },
    },
    indexes: {
      task: { collection: "work", pk: { field: "pk", composite: ["project"] }, sk: { field: "sk", composite: ["number"] } },
      worked: {
        collection: "duty",
        index: "gsi1",
        pk: { field: "gsi1pk", composite: ["worker"] },
        sk: { field: "gsi1sk", composite: ["state", "points"] },
      },
      pointed: {
        index: "lsi1",
        pk: { field: "pk", composite: ["project"] },
        sk: { field: "lsi1sk", composite: ["points", "number"] },
      },
    },
  },
  configuration,
);

const Member = new Entity(
  {
    model: { entity: "member", version: "1", service: "tracker" },
    attributes: {
      project: { type: "string", required: true },
      worker: { type: "string", required: true },
      load: { type: "number", default: 0 },
    },
    indexes: {
      member: { collection: "work", pk: { field: "pk", composite: ["project"] }, sk: { field: "sk", composite: ["worker"] } },
      duties: {
        collection: "duty",
        index: "gsi1",
        pk: { field: "gsi1pk", composite: ["worker"] },
        sk: { field: "gsi1sk", composite: ["project"] },
      },
    },
  },
  configuration,
);

const tracker = new Service({ task: Task, member: Member });
const task = (project, number) => ({
  project,
  number,
  state: STATES[number % 3],
  points: shuffled(number),
  worker: `${project} ${number % 2 ? "ana" : "bob"}`,
});
const numbers = ({ data }) => data.map(({ number }) => number);

async function putAll(tasks) {
  assert.deepEqual((await Task.put(tasks).go()).unprocessed, []);
}

before(async () => {
  const keys = (hash, sort) => [
    { AttributeName: hash, KeyType: "HASH" },
    { AttributeName: sort, KeyType: "RANGE" },
  ];
  const names = ["pk", "sk", "gsi1pk", "gsi1sk", "lsi1sk"];
  const Projection = { ProjectionType: "ALL" };
  await client.send(
    new CreateTableCommand({
      TableName: "tracker",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
      KeySchema: keys("pk", "sk"),
      GlobalSecondaryIndexes: [{ IndexName: "gsi1", KeySchema: keys("gsi1pk", "gsi1sk"), Projection }],
      LocalSecondaryIndexes: [{ IndexName: "lsi1", KeySchema: keys("pk", "lsi1sk"), Projection }],
    }),
  );
  await waitUntilTableExists({ client, minDelay: 1, maxWaitTime: 30 }, { TableName: "tracker" });
});

after(() => client.destroy());

test("a task comes back as it was created", async () => {
  const whole = { ...task("one", 1), labels: ["red", "big"], notes: ["a", "b"], place: { room: "Ö1", floor: -2 } };
  const created = await Task.create(whole).go();
  assert.deepEqual(created.data, { ...whole, revision: 1 });
  const { data } = await Task.get({ project: "one", number: 1 }).go({ consistent: true });
  assert.deepEqual({ ...data, labels: data.labels.sort() }, { ...whole, labels: ["big", "red"], revision: 1 });
  assert.deepEqual((await Task.get({ project: "one", number: 1 }).go({ attributes: ["points"] })).data, { points: 37 });
  assert.equal((await Task.get({ project: "one", number: 2 }).go()).data, null);
  await assert.rejects(Task.create(whole).go(), (error) => {
    assert.equal(error.cause.name, "ConditionalCheckFailedException");
    assert.match(error.message, /The conditional request failed/);
    return true;
  });
});

test("updates change what they name, under conditions", async () => {
  const key = { project: "two", number: 1 };
  await Task.create({ ...task("two", 1), labels: ["red", "big"], notes: ["a"], place: { room: "x", floor: 1 } }).go();
  const { data } = await Task.patch(key)
    .set({ state: "done", worker: "two bob", points: 37 })
    .append({ notes: ["b"] })
    .delete({ labels: ["red"] })
    .data(({ place }, { set, add }) => {
      set(place.room, "y");
      add(place.floor, 5);
    })
    .where(({ points, labels }, { between, contains }) => `${between(points, 37, 37)} AND ${contains(labels, "big")}`)
    .go({ response: "all_new" });
  assert.deepEqual(data, {
    ...task("two", 1),
    state: "done",
    worker: "two bob",
    labels: ["big"],
    notes: ["a", "b"],
    place: { room: "y", floor: 6 },
    revision: 1,
  });
  const refused = (operation) => assert.rejects(operation.go(), (error) => error.cause.name === "ConditionalCheckFailedException");
  await refused(Task.patch({ project: "two", number: 2 }).set({ worker: "two eva" }));
  await refused(Task.update(key).remove(["notes"]).where(({ state }, { eq }) => eq(state, "open")));
  await refused(Task.remove({ project: "two", number: 3 }));
  await refused(Task.delete(key).where(({ notes }, { notExists }) => notExists(notes)));
  const upserted = await Task.upsert({ project: "two", number: 4, points: 8 }).go({ response: "all_new" });
  assert.equal(upserted.data.points, 8);
  assert.deepEqual((await Task.delete(key).go({ response: "all_old" })).data, data);
  assert.equal((await Task.get(key).go()).data, null);
});

test("queries of the table", async () => {
  await putAll(range(1, 12).map((number) => task("three", number)));
  const all = Task.query.task({ project: "three" });
  const found = await all.go();
  assert.deepEqual(found.data, range(1, 12).map((number) => ({ ...task("three", number), revision: 1 })));
  assert.equal(found.cursor, null);
  assert.deepEqual(numbers(await Task.query.task({ project: "three" }).go({ order: "desc", limit: 4 })), [12, 11, 10, 9]);
  assert.deepEqual(numbers(await Task.query.task({ project: "three" }).between({ number: 3 }, { number: 5 }).go()), [3, 4, 5]);
  const busy = await Task.query.task({ project: "three" }).gt({ number: 2 }).where(({ state }, { eq }) => eq(state, "busy")).go();
  assert.deepEqual(numbers(busy), [4, 7, 10]);
  const pages = [];
  let cursor = null;
  do {
    const page = await Task.query.task({ project: "three" }).go({ limit: 5, cursor });
    pages.push(numbers(page));
    cursor = page.cursor;
  } while (cursor !== null);
  assert.deepEqual(pages, [range(1, 5), range(6, 10), range(11, 12)]);
});

test("queries of indexes", async () => {
  await putAll(range(1, 12).map((number) => task("four", number)));
  const pointed = Task.query.pointed({ project: "four" });
  assert.deepEqual(numbers(await pointed.go({ consistent: true })), sorted(range(1, 12)));
  assert.deepEqual(numbers(await Task.query.pointed({ project: "four" }).go({ order: "desc", limit: 5, pages: "all" })), sorted(range(1, 12)).reverse());
  const many = sorted(range(1, 12).filter((number) => shuffled(number) >= 50));
  assert.deepEqual(numbers(await Task.query.pointed({ project: "four" }).gte({ points: 50 }).go()), many);
  const bobs = (state) => Task.query.worked({ worker: "four bob", ...(state ? { state } : {}) });
  assert.deepEqual(numbers(await bobs("open").go()), sorted([6, 12]));
  const order = STATES.toSorted().flatMap((state) => sorted(range(1, 12).filter((number) => number % 2 === 0 && STATES[number % 3] === state)));
  const pages = [];
  let cursor = null;
  do {
    const page = await bobs().go({ limit: 2, cursor });
    pages.push(numbers(page));
    cursor = page.cursor;
  } while (cursor !== null && pages.length < 9);
  assert.deepEqual(pages.flat(), order);
  await Task.patch({ project: "four", number: 6 }).set({ worker: "four eva", state: "open", points: 1 }).go();
  await Task.delete({ project: "four", number: 12 }).go();
  assert.deepEqual(numbers(await bobs("open").go()), []);
  assert.deepEqual(numbers(await Task.query.worked({ worker: "four eva" }).go({ order: "desc" })), [6]);
  assert.deepEqual(numbers(await Task.query.pointed({ project: "four" }).lt({ points: 2 }).go()), [6]);
});

test("a collection holds several entities", async () => {
  await putAll(range(1, 4).map((number) => task("five", number)));
  await Member.put([{ project: "five", worker: "five ana" }, { project: "five", worker: "five bob", load: 3 }]).go();
  const { data } = await tracker.collections.work({ project: "five" }).go();
  assert.deepEqual(data.task.map(({ number }) => number), range(1, 4));
  assert.deepEqual(data.member, [{ project: "five", worker: "five ana", load: 0 }, { project: "five", worker: "five bob", load: 3 }]);
  const duty = await tracker.collections.duty({ worker: "five ana" }).go();
  assert.deepEqual([duty.data.task.map(({ number }) => number), duty.data.member.length], [[1, 3], 1]);
});

test("scans and batches", async () => {
  await putAll(range(1, 30).map((number) => task("six", number)));
  const scan = () => Task.scan.where(({ project }, { eq }) => eq(project, "six"));
  assert.deepEqual(numbers(await scan().go({ pages: "all", limit: 7 })).sort((one, other) => one - other), range(1, 30));
  const keys = [5, 1, 31, 30].map((number) => ({ project: "six", number }));
  const read = await Task.get(keys).go({ preserveBatchOrder: true });
  assert.deepEqual(read.data.map((one) => one?.number), [5, 1, undefined, 30]);
  assert.deepEqual(read.unprocessed, []);
  const removed = await Task.delete(range(1, 28).map((number) => ({ project: "six", number }))).go();
  assert.deepEqual(removed.unprocessed, []);
  assert.deepEqual(numbers(await Task.query.task({ project: "six" }).go()), [29, 30]);
});

test("transactions are done whole, or cancelled with reasons", async () => {
  await Member.put({ project: "seven", worker: "ana", load: 1 }).go();
  await putAll([task("seven", 8), task("seven", 9)]);
  const written = ({ task: tasks, member }) => [
    tasks.create(task("seven", 1)).commit(),
    member
      .patch({ project: "seven", worker: "ana" })
      .add({ load: 1 })
      .where(({ load }, { lt }) => lt(load, 2))
      .commit({ response: "all_old" }),
    tasks.delete({ project: "seven", number: 9 }).commit(),
    tasks
      .check({ project: "seven", number: 8 })
      .where(({ state }, { eq }) => eq(state, "done"))
      .commit(),
  ];
  const token = crypto.randomUUID();
  const once = await tracker.transaction.write(written).go({ token });
  assert.equal(once.canceled, false);
  assert.deepEqual(once.data.map(({ rejected }) => rejected), [false, false, false, false]);
  assert.equal((await tracker.transaction.write(written).go({ token })).canceled, false);
  const read = await tracker.transaction
    .get(({ task: tasks, member }) => [
      member.get({ project: "seven", worker: "ana" }).commit(),
      tasks.get({ project: "seven", number: 1 }).commit(),
      tasks.get({ project: "seven", number: 9 }).commit(),
    ])
    .go();
  assert.equal(read.canceled, false);
  assert.deepEqual(read.data.map(({ item }) => item), [{ project: "seven", worker: "ana", load: 2 }, { ...task("seven", 1), revision: 1 }, null]);
  const { canceled, data } = await tracker.transaction.write(written).go();
  assert.equal(canceled, true);
  const none = { rejected: false, code: "None", message: undefined, item: null };
  assert.deepEqual(data, [
    { ...FAILED, item: null },
    { ...FAILED, item: { project: "seven", worker: "ana", load: 2 } },
    none,
    none,
  ]);
  const twice = tracker.transaction.write(({ task: tasks }) => [8, 8].map((number) => tasks.delete({ project: "seven", number }).commit()));
  await assert.rejects(twice.go(), (error) => error.message.includes("Transaction request cannot include multiple operations on one item"));
  const other = tracker.transaction.write(({ task: tasks }) => [tasks.delete({ project: "seven", number: 8 }).commit()]);
  await assert.rejects(other.go({ token }), (error) => error.cause.name === "IdempotentParameterMismatchException");
  assert.deepEqual(numbers(await Task.query.task({ project: "seven" }).go()), [1, 8]);
});
