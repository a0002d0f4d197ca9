// A library with dynamoose: tables that it makes and changes itself, indexes, expiry, batches and transactions.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DescribeTableCommand, DescribeTimeToLiveCommand, DynamoDB } from "@aws-sdk/client-dynamodb";
import dynamoose from "dynamoose";
import { client, range, settings, shuffled, sorted } from "./connection.mjs";

const GENRES = ["poem", "play", "novel"];
const FAILED = { Code: "ConditionalCheckFailed", Message: "The conditional request failed" };
const NONE = { Code: "None" };
const database = new DynamoDB(settings);
const polled = { enabled: true, check: { timeout: 30000, frequency: 20 } };
const options = { throughput: "ON_DEMAND", waitForActive: polled };

const shelf = {
  shelf: { type: String, hashKey: true },
  number: { type: Number, rangeKey: true },
  genre: { type: String, enum: GENRES, index: { name: "byGenre", type: "global", rangeKey: "pages" } },
  pages: { type: Number, required: true, index: { name: "byPages", type: "local", project: true } },
  author: { type: String },
  lent: { type: Boolean, default: false },
  bought: { type: Date, storage: "iso" },
  words: { type: Set, schema: [String] },
  parts: { type: Array, schema: [String] },
  place: { type: Object, schema: { room: String, row: Number } },
  cover: { type: Buffer },
};
const Book = dynamoose.model("Book", new dynamoose.Schema(shelf));
const Reader = dynamoose.model("Reader", new dynamoose.Schema({ name: { type: String, hashKey: true }, books: Number }));
const Visit = dynamoose.model("Visit", new dynamoose.Schema({ name: { type: String, hashKey: true }, at: Number }));

const book = (place, number) => ({
  shelf: place,
  number,
  genre: GENRES[number % 3],
  pages: shuffled(number),
  author: number % 2 ? "Eyre" : "Bell",
  lent: false,
});
const plain = (item) => ({ ...item });
const numbers = (items) => items.map(({ number }) => number);
const putAll = async (books) => {
  for (let start = 0; start < books.length; start += 25) {
    assert.deepEqual((await Book.batchPut(books.slice(start, start + 25))).unprocessedItems, []);
  }
};
const described = async (TableName) => (await client.send(new DescribeTableCommand({ TableName }))).Table;

before(async () => {
  dynamoose.aws.ddb.set(database);
  const tables = [
    new dynamoose.Table("Books", [Book], { ...options, initialize: false, streamOptions: { enabled: true, type: "OLD_IMAGE" } }),
    new dynamoose.Table("Readers", [Reader], { ...options, initialize: false }),
    new dynamoose.Table("Visits", [Visit], { ...options, initialize: false, expires: { ttl: 3600000, attribute: "expires" } }),
  ];
  for (const table of tables) await table.initialize();
});

after(() => {
  database.destroy();
  client.destroy();
});

test("tables are as the models say", async () => {
  const books = await described("Books");
  assert.equal(books.BillingModeSummary.BillingMode, "PAY_PER_REQUEST");
  assert.deepEqual(books.StreamSpecification, { StreamEnabled: true, StreamViewType: "OLD_IMAGE" });
  const [byGenre] = books.GlobalSecondaryIndexes;
  assert.deepEqual([byGenre.IndexName, byGenre.IndexStatus, byGenre.Projection], ["byGenre", "ACTIVE", { ProjectionType: "ALL" }]);
  assert.deepEqual(byGenre.KeySchema.map(({ AttributeName }) => AttributeName), ["genre", "pages"]);
  const [byPages] = books.LocalSecondaryIndexes;
  assert.deepEqual(byPages.KeySchema.map(({ AttributeName }) => AttributeName), ["shelf", "pages"]);
  const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: "Visits" }));
  assert.equal(TimeToLiveDescription.AttributeName, "expires");
  assert.ok(["ENABLING", "ENABLED"].includes(TimeToLiveDescription.TimeToLiveStatus));
  const before = Math.floor(Date.now() / 1000);
  await Visit.create({ name: "ana", at: 1 });
  const expires = Math.floor((await Visit.get("ana")).expires.getTime() / 1000);
  assert.ok(expires >= before + 3599 && expires <= before + 3700, `${expires - before}`);
});

test("a table takes another throughput, a new index and a stream", async () => {
  const id = { type: String, hashKey: true };
  const change = async (name, due, changes) => {
    const model = dynamoose.model(name, new dynamoose.Schema({ id, due }));
    await new dynamoose.Table("Loans", [model], { ...options, ...changes, initialize: false }).initialize();
    return model;
  };
  const capacity = ({ ProvisionedThroughput: { ReadCapacityUnits, WriteCapacityUnits } }) => [ReadCapacityUnits, WriteCapacityUnits];
  const first = await change("FirstLoan", Number, { throughput: 1 });
  await first.batchPut(range(1, 8).map((number) => ({ id: `loan ${number}`, due: number % 2 })));
  const indexed = { type: Number, index: { name: "byDue", type: "global" } };
  const streamOptions = { enabled: true, type: "KEYS_ONLY" };
  const second = await change("SecondLoan", indexed, { throughput: { read: 4, write: 3 }, update: ["throughput", "indexes", "streams"], streamOptions });
  const loans = await described("Loans");
  const [byDue] = loans.GlobalSecondaryIndexes;
  assert.deepEqual([capacity(loans), capacity(byDue)], [[4, 3], [4, 3]]);
  assert.deepEqual([byDue.IndexName, byDue.IndexStatus], ["byDue", "ACTIVE"]);
  assert.deepEqual(loans.StreamSpecification, { StreamEnabled: true, StreamViewType: "KEYS_ONLY" });
  const due = await second.query("due").eq(1).using("byDue").exec();
  assert.deepEqual(due.map((loan) => loan.id).sort(), [1, 3, 5, 7].map((number) => `loan ${number}`));
  await change("ThirdLoan", Number, { update: ["throughput", "indexes", "streams"] });
  const last = await described("Loans");
  assert.equal(last.BillingModeSummary.BillingMode, "PAY_PER_REQUEST");
  assert.deepEqual([last.GlobalSecondaryIndexes ?? [], last.StreamSpecification?.StreamEnabled ?? false], [[], false]);
});

test("a book comes back as it was created", async () => {
  const whole = {
    ...book("one", 1),
    bought: new Date("2026-03-01T12:00:00.000Z"),
    words: new Set(["old", "rare"]),
    parts: ["I", "II"],
    place: { room: "Ö", row: -2 },
    cover: Buffer.from([0, 255]),
  };
  await Book.create(whole);
  assert.deepEqual(plain(await Book.get({ shelf: "one", number: 1 }, { consistent: true })), whole);
  const { pages, ...others } = plain(await Book.get({ shelf: "one", number: 1 }, { attributes: ["pages"] }));
  assert.deepEqual([pages, others], [37, {}]);
  assert.equal(await Book.get({ shelf: "one", number: 2 }), undefined);
  await assert.rejects(Book.create(whole), { name: "ConditionalCheckFailedException", message: "The conditional request failed" });
});

test("updates change what they name, under conditions", async () => {
  const key = { shelf: "two", number: 1 };
  await Book.create({ ...book("two", 1), parts: ["I"], words: new Set(["old"]) });
  const open = new dynamoose.Condition().where("pages").between(37, 37).and().where("genre").in(["play", "poem"]);
  const update = { $SET: { author: "Acton" }, $ADD: { pages: 3, words: new Set(["rare"]), parts: ["II"] }, $REMOVE: ["genre"] };
  const changed = await Book.update(key, update, { condition: open });
  const { genre, ...expected } = { ...book("two", 1), author: "Acton", pages: 40, parts: ["I", "II"], words: new Set(["old", "rare"]) };
  assert.equal(genre, "play");
  assert.deepEqual(plain(changed), expected);
  const refused = { name: "ConditionalCheckFailedException" };
  await assert.rejects(Book.update(key, { pages: 1 }, { condition: open }), refused);
  await assert.rejects(Book.delete(key, { condition: new dynamoose.Condition("author").beginsWith("B") }), refused);
  const item = await Book.get(key);
  item.lent = true;
  await item.save();
  assert.equal((await Book.get(key)).lent, true);
  await item.delete();
  assert.equal(await Book.get(key), undefined);
});

test("queries of the table", async () => {
  await putAll(range(1, 12).map((number) => book("three", number)));
  const three = () => Book.query("shelf").eq("three");
  const all = await three().exec();
  assert.deepEqual([...all].map(plain), range(1, 12).map((number) => book("three", number)));
  assert.deepEqual([all.count, all.lastKey], [12, undefined]);
  assert.deepEqual(numbers(await three().sort("descending").limit(5).exec()), [12, 11, 10, 9, 8]);
  assert.deepEqual(numbers(await three().where("number").between(3, 5).exec()), [3, 4, 5]);
  const plays = await three().where("number").gt(2).filter("genre").eq("play").exec();
  assert.deepEqual([numbers(plays), plays.count], [[4, 7, 10], 3]);
  assert.deepEqual(numbers(await three().limit(5).all().exec()), range(1, 12));
  const first = await three().limit(5).exec();
  assert.deepEqual(first.lastKey, { shelf: "three", number: 5 });
  assert.deepEqual(numbers(await three().startAt(first.lastKey).exec()), range(6, 12));
  assert.equal((await three().filter("author").eq("Eyre").count().exec()).count, 6);
});

test("queries of indexes", async () => {
  await putAll(range(1, 12).map((number) => book("four", number)));
  const pages = () => Book.query("shelf").eq("four").using("byPages");
  assert.deepEqual(numbers(await pages().consistent().exec()), sorted(range(1, 12)));
  assert.deepEqual(numbers(await pages().sort("descending").limit(5).all().exec()), sorted(range(1, 12)).reverse());
  const thick = sorted(range(1, 12).filter((number) => shuffled(number) >= 50));
  assert.deepEqual(numbers(await pages().where("pages").ge(50).exec()), thick);
  const novels = () => Book.query("genre").eq("novel").using("byGenre").filter("shelf").eq("four");
  assert.deepEqual(numbers(await novels().exec()), sorted([2, 5, 8, 11]));
  const seen = [];
  let next;
  do {
    const asked = novels().where("pages").gt(0).limit(3);
    const page = await (next ? asked.startAt(next) : asked).exec();
    seen.push(...numbers(page));
    next = page.lastKey;
    if (next) assert.deepEqual(Object.keys(next).sort(), ["genre", "number", "pages", "shelf"]);
  } while (next);
  assert.deepEqual(seen, sorted([2, 5, 8, 11]));
  await Book.update({ shelf: "four", number: 5 }, { genre: "poem" });
  await Book.delete({ shelf: "four", number: 8 });
  assert.deepEqual(numbers(await novels().sort("descending").exec()), sorted([2, 11]).reverse());
});

test("scans and batches", async () => {
  await putAll(range(1, 30).map((number) => book("six", number)));
  const scan = () => Book.scan("shelf").eq("six");
  const found = await scan().limit(7).all().exec();
  assert.deepEqual(numbers(found).sort((one, other) => one - other), range(1, 30));
  assert.equal((await scan().parallel(3).exec()).count, 30);
  assert.equal((await scan().where("author").eq("Eyre").count().exec()).count, 15);
  const read = await Book.batchGet([5, 1, 31, 30].map((number) => ({ shelf: "six", number })));
  assert.deepEqual(numbers(read), [5, 1, 30]);
  assert.deepEqual(read.unprocessedKeys, []);
  const { unprocessedItems } = await Book.batchDelete(range(1, 25).map((number) => ({ shelf: "six", number })));
  assert.deepEqual(unprocessedItems, []);
  assert.deepEqual(numbers(await Book.query("shelf").eq("six").exec()), range(26, 30));
});

test("transactions are done whole, or cancelled with reasons", async () => {
  await Reader.create({ name: "ana", books: 1 });
  await putAll([book("seven", 8), book("seven", 9)]);
  const written = () => [
    Book.transaction.create(book("seven", 1)),
    Reader.transaction.update({ name: "ana" }, { $ADD: { books: 1 } }, { condition: new dynamoose.Condition("books").lt(2) }),
    Book.transaction.delete({ shelf: "seven", number: 9 }),
    Book.transaction.condition({ shelf: "seven", number: 8 }, new dynamoose.Condition("lent").eq(false)),
  ];
  assert.equal(await dynamoose.transaction(written()), null);
  const read = await dynamoose.transaction([Reader.transaction.get("ana"), Book.transaction.get({ shelf: "seven", number: 1 })]);
  assert.deepEqual(read.map(plain), [{ name: "ana", books: 2 }, book("seven", 1)]);
  await assert.rejects(dynamoose.transaction(written()), (error) => {
    assert.equal(error.name, "TransactionCanceledException");
    assert.deepEqual(error.CancellationReasons, [FAILED, FAILED, NONE, NONE]);
    assert.match(error.message, /specific reasons \[ConditionalCheckFailed, ConditionalCheckFailed, None, None\]$/);
    return true;
  });
  const twice = [Book.transaction.delete({ shelf: "seven", number: 8 }), Book.transaction.update({ shelf: "seven", number: 8 }, { pages: 1 })];
  await assert.rejects(dynamoose.transaction(twice), {
    name: "ValidationException",
    message: "Transaction request cannot include multiple operations on one item",
  });
  assert.deepEqual(numbers(await Book.query("shelf").eq("seven").exec()), [1, 8]);
  assert.equal((await Reader.get("ana")).books, 2);
});
