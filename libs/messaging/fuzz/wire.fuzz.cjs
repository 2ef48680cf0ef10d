/**
 * 10^5 mutants of every recorded broker response and record batch, in one process with a small heap:
 *
 *   npx tsc -b libs/messaging && node --max-old-space-size=512 libs/messaging/fuzz/wire.fuzz.cjs [mutants per recording] [seed]
 *
 * Fails when a mutant takes the process down, throws anything but the errors for malformed bytes, or takes longer than a second
 * (milliseconds are the rule; the rest is for garbage collection and busy machines).
 */
const exchanges = require('../fixtures/wire/golden/exchanges.json');
const { crc32c } = require('../dist/records/crc32c');
const { scanBatches } = require('../dist/records/scan-batches');
const { decodeResponse } = require('../dist/wire/wire-api');
const { spokenApis } = require('../dist/wire/spoken-apis');
const { mutate, randomOf } = require('./random.cjs');
const { makeWireTarget, recordedBatches } = require('./wire-target.cjs');

const mutants = Number(process.argv[2] ?? 100_000);
const seed = Number(process.argv[3] ?? 20_261_124);
const target = makeWireTarget({ decodeResponse, spokenApis, scanBatches, crc32c, mutate });

async function main() {
  const startedAt = performance.now();
  const batches = recordedBatches(exchanges);
  const jobs = [
    ...exchanges.map((exchange) => ({
      name: `${exchange.api}: ${exchange.name}`,
      run: (random) => target.response(exchange, random),
    })),
    ...batches.map(({ name, records }) => ({ name: `batch: ${name}`, run: (random) => target.batch(records, random) })),
  ];
  let accepted = 0;
  let slowest = { ms: 0, name: '' };
  for (const [index, { name, run }] of jobs.entries()) {
    const random = randomOf(seed + index);
    for (let i = 0; i < mutants; i++) {
      const before = performance.now();
      if ((await run(random)) === 'accepted') accepted++;
      const ms = performance.now() - before;
      if (ms > slowest.ms) slowest = { ms, name: `${name} #${i}` };
    }
  }
  const total = mutants * jobs.length;
  console.log(
    `${total} mutants of ${exchanges.length} responses and ${batches.length} batches in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s: ` +
      `0 aborts, ${((100 * accepted) / total).toFixed(1)} % accepted, slowest ${slowest.ms.toFixed(2)} ms (${slowest.name}), ` +
      `${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MiB resident`,
  );
  if (slowest.ms > 1_000) process.exitCode = 1;
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
