// Runs the engine's module in Node on the native program's requests and compares every answer byte for byte.
// usage: node test.mjs ENGINE.wasm FOLDER   (FOLDER: instrument.bundle, requests.jsonl, answers.jsonl)
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const [modulePath, folder] = process.argv.slice(2);
const bytes = readFileSync(modulePath);
const { instance } = await WebAssembly.instantiate(bytes, {});
const { memory, reserve, load, answer, output_len } = instance.exports;

function call(entry, input) {
  const at = reserve(input.length);
  new Uint8Array(memory.buffer, at, input.length).set(input);
  const out = entry();
  return Buffer.from(new Uint8Array(memory.buffer, out, output_len())).toString("utf8");
}

const started = performance.now();
console.log("loaded:", call(load, readFileSync(join(folder, "instrument.bundle"))));
console.log(`load ${(performance.now() - started).toFixed(0)} ms; module ${bytes.length} bytes, ${gzipSync(bytes).length} compressed`);

const lines = (name) => readFileSync(join(folder, name), "utf8").split("\n").filter((l) => l !== "");
const requests = lines("requests.jsonl");
const expected = lines("answers.jsonl");
if (requests.length === 0 || requests.length !== expected.length) {
  console.error(`${requests.length} requests, ${expected.length} native answers`);
  process.exit(1);
}
let failed = 0;
const begun = performance.now();
requests.forEach((request, at) => {
  const got = call(answer, Buffer.from(request, "utf8"));
  if (got !== expected[at]) {
    failed += 1;
    if (failed <= 5) console.error(`request ${at + 1}\n  ${request}\n  native ${expected[at]}\n  wasm   ${got}`);
  }
});
const each = (performance.now() - begun) / requests.length;
console.log(`${each.toFixed(3)} ms a request`);
console.log(`${requests.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
