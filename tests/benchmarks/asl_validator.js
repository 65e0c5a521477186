// The process of asl-validator: node asl_validator.js MODULE ROUNDS SECONDS SOURCE TARGET.
// Reads [[text, type], ...], writes [[verdict, seconds], ...]; see validators.py.
const fs = require("fs");

const [module_, rounds, seconds, source, target] = process.argv.slice(2);
const validator = require(module_);
const cases = JSON.parse(fs.readFileSync(source, "utf8"));

function timed(text) {
  const start = process.cpuUsage();
  let verdict = false;
  try {
    verdict = validator(JSON.parse(text)).isValid;
  } catch {
    // refused, or fallen over
  }
  const { user, system } = process.cpuUsage(start); // in microseconds
  return [verdict, (user + system) / 1e6];
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function since(start) {
  return Number(process.hrtime.bigint() - start) / 1e9;
}

let start = process.hrtime.bigint();
for (const [text] of cases) {
  if (since(start) < Number(seconds)) timed(text); // to get warm
}
const found = cases.map(() => []);
start = process.hrtime.bigint();
for (let round = 0; round === 0 || (round < Number(rounds) && since(start) < Number(seconds)); round++) {
  cases.forEach(([text], index) => found[index].push(timed(text)));
}
const result = found.map((all) => [all[0][0], median(all.map(([, seconds]) => seconds))]);
fs.writeFileSync(target, JSON.stringify(result));
