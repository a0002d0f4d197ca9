// The runtime of Node.js functions: asks for invocations, calls the handler, and tells what came of it, by Lambda's
// Runtime API. It needs nothing but Node.js.

import http from "node:http";
import path from "node:path";
import fs from "node:fs";
import { pathToFileURL } from "node:url";

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const root = "/2018-06-01/runtime";

function call(method, where, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, path: root + where, method, agent, headers }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => resolve({ headers: answer.headers, body: Buffer.concat(parts).toString() }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

function described(error) {
  const is_error = error instanceof Error;
  return {
    errorType: is_error ? error.name : "Error",
    errorMessage: is_error ? error.message : String(error),
    trace: is_error && error.stack ? error.stack.split("\n") : [],
  };
}

async function loaded(name) {
  const dot = name.lastIndexOf(".");
  const [file, member] = [name.slice(0, dot), name.slice(dot + 1)];
  const base = path.resolve(process.env.LAMBDA_TASK_ROOT, file);
  const found = [".js", ".mjs", ".cjs"].map((end) => base + end).find((each) => fs.existsSync(each));
  if (dot < 0 || !found) {
    throw Object.assign(new Error(`Error: Cannot find module '${file}'`), { name: "Runtime.ImportModuleError" });
  }
  const module = await import(pathToFileURL(found).href);
  const handler = module[member] ?? module.default?.[member];
  if (typeof handler !== "function") {
    throw Object.assign(new Error(`${name} is undefined or not exported`), { name: "Runtime.HandlerNotFound" });
  }
  return handler;
}

function context(headers, callback) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  return {
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: callback,
    succeed: (value) => callback(null, value),
    fail: (error) => callback(error),
  };
}

function invoked(handler, event, headers) {
  return new Promise((resolve, reject) => {
    const callback = (error, value) => (error ? reject(error) : resolve(value));
    const returned = handler(event, context(headers, callback), callback);
    if (typeof returned?.then === "function") {
      returned.then(resolve, reject);
    } else if (returned !== undefined || handler.length < 3) {
      resolve(returned);
    }
  });
}

async function main() {
  // It ends when the server does: then nobody holds the other end of its input.
  process.stdin.on("end", () => process.exit(1)).resume();
  let handler;
  try {
    handler = await loaded(process.env._HANDLER);
  } catch (error) {
    console.error(error);
    await call("POST", "/init/error", JSON.stringify(described(error)));
    process.exit(1);
  }
  for (;;) {
    const { headers, body } = await call("GET", "/invocation/next");
    const id = headers["lambda-runtime-aws-request-id"];
    process.env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"] ?? "";
    try {
      const value = await invoked(handler, JSON.parse(body), headers);
      await call("POST", `/invocation/${id}/response`, JSON.stringify(value ?? null));
    } catch (error) {
      console.error(error);
      await call("POST", `/invocation/${id}/error`, JSON.stringify(described(error)));
    }
  }
}

await main();
