// What the programs of libraries share: the server named on the command line, and clients that try once.

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

export const settings = {
  endpoint: process.env.STATORDB_CLIENTS_ENDPOINT,
  region: "us-east-1",
  credentials: { accessKeyId: "testing", secretAccessKey: "testing" },
  maxAttempts: 1,
};
export const client = new DynamoDBClient(settings);
export const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });

/** A number for the one at `position`, so that sorting by it is not sorting by position. */
export const shuffled = (position) => (position * 37) % 101;

/** The whole numbers from `first` to `last`. */
export const range = (first, last) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** `positions` as an index on their shuffled number sorts them. */
export const sorted = (positions) => [...positions].sort((one, other) => shuffled(one) - shuffled(other));
