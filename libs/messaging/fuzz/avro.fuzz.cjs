/**
 * 10^5 mutants of every schema (zoo and contracts) through the decoder, in one process with a small heap:
 *
 *   npx tsc -b libs/messaging && node --max-old-space-size=512 libs/messaging/fuzz/avro.fuzz.cjs [mutants per schema] [seed]
 *
 * Fails when a mutant takes the process down, throws anything but an UndecodableError, takes more steps than its bytes
 * allow, or takes longer than 10 ms each of five times (once may be the machine's fault).
 */
const { BoundedWalker, AvroCodec, parseSchema, STEPS_FREE, STEPS_PER_BYTE, UndecodableError } = require('../dist/avro');
const { Topics, avroOf } = require('@millrace/contracts');
const { schemaZoo } = require('./schema-zoo.cjs');
const { mutate, randomOf, randomValue } = require('./random.cjs');

const mutants = Number(process.argv[2] ?? 100_000);
const seed = Number(process.argv[3] ?? 20_261_124);
const schemas = [...schemaZoo];
const seen = new Set();
for (const topic of Object.values(Topics)) {
  for (const record of topic.records) {
    if (!seen.has(record.fullName)) schemas.push({ name: record.fullName, schema: avroOf(record) });
    seen.add(record.fullName);
  }
}

const SLOW_MS = 10;

function timed(action) {
  const before = performance.now();
  action();
  return performance.now() - before;
}

let worst = 0;
let slowest = '';
let accepted = 0;
const startedAt = performance.now();
for (const [index, { name, schema: json }] of schemas.entries()) {
  const schema = parseSchema(typeof json === 'string' ? JSON.stringify(json) : json);
  const codec = AvroCodec.of(schema);
  const walker = BoundedWalker.of(schema);
  const random = randomOf(seed + index);
  for (let i = 0; i < mutants; i++) {
    const bytes = mutate(codec.encode(randomValue(schema.root, random)), random);
    let decoded = false;
    const decode = () => {
      try {
        codec.decode(bytes);
        decoded = true;
      } catch (error) {
        if (!(error instanceof UndecodableError))
          throw new Error(`${name}: ${bytes.toString('hex')}`, { cause: error });
      }
    };
    let took = timed(decode);
    for (let again = 0; took > SLOW_MS && again < 4; again++) took = Math.min(took, timed(decode));
    if (decoded) accepted++;
    if (walker.steps > STEPS_PER_BYTE * bytes.length + STEPS_FREE + 1) {
      throw new Error(`${name}: ${walker.steps} steps for ${bytes.length} bytes: ${bytes.toString('hex')}`);
    }
    if (took > worst) {
      worst = took;
      slowest = `${name}: ${bytes.toString('hex').slice(0, 80)}`;
    }
  }
}
const total = mutants * schemas.length;
console.log(
  `${total} mutants of ${schemas.length} schemas in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s: ` +
    `0 aborts, ${((100 * accepted) / total).toFixed(1)} % accepted, slowest ${worst.toFixed(2)} ms (${slowest})`,
);
if (worst > SLOW_MS) process.exitCode = 1;
