/** @jest-environment ./libs/onnx/test/native-arrays.environment.cjs */
import { rename } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectationOf, type PredictionResponse, silentLogger, Topics } from '@millrace/contracts';
import { AvroCodec, frame, type KafkaClient, parseSchema, SchemaRegistryClient } from '@millrace/messaging';
import { eventually, uniqueName } from '@millrace/testing';
import { complaintsAbout } from '../../test/complaints';
import { InferenceUnderTest, type Served } from '../../test/inference-under-test';
import { loopingModel, scaleModel, signature } from '../../test/sample-models';
import { FlightRecorder } from './flight-recorder';
import { LaneWorker } from './lane-worker';

/** Holds back what comes from one topic, as a broker would that does not answer. */
class Gate {
  private opened: Promise<void> = Promise.resolve();
  open: () => void = () => {};

  close(): void {
    this.opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }

  before(client: KafkaClient, topic: string): KafkaClient {
    const gated = Object.create(client) as KafkaClient;
    gated.partitionReader = (options) => {
      if (options?.topic !== topic) return client.partitionReader(options);
      // Without the news that the broker answers: these are what the gate holds back, together with the records.
      const reader = client.partitionReader({ ...options, onAnswer: () => {} });
      const fetch = reader.fetch.bind(reader);
      reader.fetch = async (signal) => {
        await this.opened;
        const batches = await fetch(signal);
        await this.opened;
        (options as { onAnswer?: () => void }).onAnswer?.();
        return batches;
      };
      return reader;
    };
    return gated;
  }
}

const releases = new Gate();
/** A registry that is asked at an address where nobody is while it is away; what it told before is known. */
class Registry {
  away = false;

  before(url: string, prefix: string): SchemaRegistryClient {
    const [here, nowhere] = [url, 'http://127.0.0.1:1'].map((one) => new SchemaRegistryClient({ url: one, prefix }));
    const gated = Object.create(here as SchemaRegistryClient) as SchemaRegistryClient;
    gated.byId = (id) => (this.away ? nowhere : here)!.byId(id);
    return gated;
  }
}

const registry = new Registry();
let ground: InferenceUnderTest;
let worker: LaneWorker;
let endpoints = 0;

async function startWorker(): Promise<LaneWorker> {
  const started = new LaneWorker({
    client: releases.before(ground.kafka, Topics.releases.name),
    schemas: registry.before(ground.installation.registry.url, ground.kafka.prefix),
    artifacts: ground.artifacts,
    recorder: new FlightRecorder(path.join(ground.folder, `note-${uniqueName()}`)),
    clock: { now: Date.now },
    logger: silentLogger,
  });
  await started.start();
  return started;
}

beforeAll(async () => {
  ground = await InferenceUnderTest.prepare();
  worker = await startWorker();
}, 120_000);
afterAll(async () => {
  await worker.stop();
  await ground.clear();
}, 60_000);

const endpoint = (partitions = 1): Promise<Served> => ground.endpoint(`sample-${++endpoints}`, partitions);
const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, n) => ({ x: from + n }));
const outcome = ({ requestId, status, reasonCode, warnings }: PredictionResponse) => [
  requestId,
  status,
  reasonCode,
  warnings,
];
/** Requests to a released endpoint meet no older revision: the table is read to its end before the first batch. */
const live = async (factor = 2): Promise<Served> => {
  const served = await endpoint();
  await ground.release(served.created.endpoint, await ground.model(scaleModel(factor)));
  return served;
};
const settled = (name: string, revision: number) =>
  eventually(
    () => {
      const { lanes } = worker.report();
      expect(lanes.filter((lane) => lane.endpoint === name && lane.revision >= revision)).not.toHaveLength(0);
    },
    { timeoutMs: 30_000 },
  );

describe('inference > lane-worker > statuses', () => {
  it('answers each request once, in order, with what became of it', async () => {
    const served = await endpoint();
    const name = served.created.endpoint;
    const before = await ground.ask(served, [{ x: 1 }]);
    await ground.answers(served, 1);
    await ground.release(
      name,
      await ground.model(),
      signature({ optional: true, min: 0, max: 9 }, { categories: ['red'] }),
    );
    await settled(name, 1);
    const late = await ground.ask(served, [{ x: 1 }], { deadline: Date.now() - 60_000 });
    const mixed = await ground.ask(served, [
      { x: 3 },
      { x: Number.NaN },
      { x: Number.POSITIVE_INFINITY },
      { x: 10, colour: 'blue' },
      { x: 4, colour: 'red' },
      { x: 5 },
    ]);
    await ground.answers(served, 8);
    await ground.release(name, await ground.model(), signature({ min: 0, max: 9, closed: true }));
    await settled(name, 2);
    const closed = await ground.ask(served, [{ x: 10 }, { x: 9 }]);
    await ground.answers(served, 10);
    await ground.retire(name);
    // Until the news has come the release still answers.
    const retired: string[] = [];
    const all = await eventually(
      async () => {
        retired.push(...(await ground.ask(served, [{ x: 1 }])));
        const answered = await ground.answers(served, 10 + retired.length);
        expect(answered.at(-1)?.reasonCode).toBe('ENDPOINT_RETIRED');
        return answered;
      },
      { timeoutMs: 30_000 },
    );

    expect(complaintsAbout(all, [[...before, ...late, ...mixed, ...closed, ...retired]])).toEqual([]);
    const responses = [...all.slice(0, 10), ...all.slice(-1)];
    expect(responses.map((response) => outcome(response).slice(1))).toEqual([
      ['REJECTED', 'NO_RELEASE', []],
      ['EXPIRED', 'DEADLINE_PASSED', []],
      ['PREDICTED', null, []],
      ['REJECTED', 'NAN_INPUT:x', []],
      ['REJECTED', 'NAN_INPUT:x', []],
      ['PREDICTED', null, ['OUT_OF_RANGE:x', 'UNSEEN_CATEGORY:colour']],
      ['PREDICTED', null, []],
      ['PREDICTED', null, []],
      ['REJECTED', 'OUT_OF_RANGE:x', []],
      ['PREDICTED', null, []],
      ['REJECTED', 'ENDPOINT_RETIRED', []],
    ]);
    expect(responses.map(({ releaseRevision }) => releaseRevision)).toEqual([0, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2]);
    expect(responses[2]).toMatchObject({ outputs: { y: 6 }, decision: { version: 1, armProbability: 1 } });
    expect(responses[3]).toMatchObject({ outputs: null, decision: null });
  }, 120_000);

  it('checks what the release expects of single values: one definition rejects, another warns', async () => {
    const served = await endpoint();
    const name = served.created.endpoint;
    const rules = [
      expectationOf({ id: 'short', kind: 'BETWEEN', column: 'x', max: 100 }),
      expectationOf({ id: 'named', kind: 'NOT_NULL', column: 'colour', severity: 'WARNING' }),
    ];
    const checks = { expectations: 'samples:4', digest: 'd', rules };
    await ground.release(name, await ground.model(), undefined, undefined, checks);
    await settled(name, 1);
    await ground.ask(served, [{ x: 100, colour: 'red' }, { x: 101, colour: 'red' }, { x: 7 }]);
    const responses = await ground.answers(served, 3);
    expect(responses.map((response) => outcome(response).slice(1))).toEqual([
      ['PREDICTED', null, []],
      ['REJECTED', 'EXPECTATION_BROKEN:short', []],
      ['PREDICTED', null, ['EXPECTATION_BROKEN:named']],
    ]);
  }, 60_000);

  it('rejects a missing value where the live model requires one', async () => {
    const optional = signature({ optional: true });
    const served = await ground.endpoint(`sample-${++endpoints}`, 1, optional);
    await ground.release(served.created.endpoint, await ground.model(), signature());
    await ground.ask(served, [{ x: null }, { x: 1 }]);
    const responses = await ground.answers(served, 2);
    expect(responses.map((one) => outcome(one).slice(1, 3))).toEqual([
      ['REJECTED', 'MISSING_INPUT:x'],
      ['PREDICTED', null],
    ]);
  }, 90_000);

  it.each([
    ['bytes that are no model', () => ground.model(Buffer.from('no model'))],
    ['a file that the store does not have', async () => 'ab'.repeat(32)],
    [
      'a file whose bytes are not those of its digest',
      async () => {
        const [good, other] = [await ground.model(scaleModel(11)), await ground.model(scaleModel(12))];
        const file = (digest: string) =>
          path.join(ground.artifactFolder, 'sha256', digest.slice(0, 2), digest.slice(2));
        await rename(file(other), file(good));
        return good;
      },
    ],
  ])(
    'fails what would need %s',
    async (_, digest) => {
      const served = await endpoint();
      await ground.release(served.created.endpoint, await digest());
      const asked = await ground.ask(served, [{ x: 1 }, { x: 2 }]);
      const responses = await ground.answers(served, 2);
      expect(complaintsAbout(responses, [asked])).toEqual([]);
      for (const response of responses)
        expect(response).toMatchObject({ status: 'FAILED', reasonCode: 'MODEL_UNUSABLE', releaseRevision: 1 });
    },
    90_000,
  );

  it('buries what cannot be decoded, whole, and answers the rest', async () => {
    const served = await live();
    const other = parseSchema('{"type":"record","name":"Other","fields":[{"name":"requestId","type":"string"}]}');
    const lacking = await ground.schemas.register('elsewhere', other);
    const [first] = await ground.ask(served, [{ x: 1 }]);
    const bytes = frame(
      served.created.requestSchemaId,
      served.requests.encode({
        requestId: 'whole',
        eventTime: null,
        deadline: null,
        caller: null,
        features: { x: 1, colour: null },
      }),
    );
    const bad: [Buffer | null, string][] = [
      [Buffer.from('garbage'), 'UNREADABLE'],
      [null, 'UNREADABLE'],
      [bytes.subarray(0, bytes.length - 2), 'UNREADABLE'],
      [Buffer.concat([bytes, Buffer.from([0])]), 'UNREADABLE'],
      [frame(4_000_000, Buffer.from([0])), 'UNKNOWN_SCHEMA'],
      [frame(lacking, AvroCodec.of(other).encode({ requestId: 'x' })), 'INCOMPATIBLE_SCHEMA'],
    ];
    await ground.askBytes(
      served,
      bad.map(([value]) => value),
    );
    const [last] = await ground.ask(served, [{ x: 2 }]);
    expect(complaintsAbout(await ground.answers(served, 2), [[first!, last!]])).toEqual([]);
    const letters = await ground.deadLetters(served);
    expect(letters.map(({ value, reasonCode }) => [value, reasonCode])).toEqual(bad);
    expect(letters.map(({ offset }) => offset)).toEqual(bad.map((_, index) => index + 1));
    for (const letter of letters) {
      expect(letter).toMatchObject({ topic: served.created.requestsTopic, partition: 0, key: Buffer.from('k') });
      expect(letter.headers.map((header) => [header.name, `${header.value}`])).toEqual([['trace', 't']]);
    }
  }, 90_000);

  it('carries key, correlation and the way back; nothing else', async () => {
    const served = await live();
    const carried: [string, string][] = [
      ['correlation-id', 'c'],
      ['reply-to', 'gateway-1'],
      ['traceparent', '00-aa-bb-01'],
    ];
    await ground.ask(served, [{ x: 1 }], { key: 'plane', headers: [...carried, ['other', 'o']] });
    await ground.answers(served, 1);
    const [record] = await ground.records(served.created.responsesTopic);
    expect(record?.key?.toString()).toBe('plane');
    expect([...record!.headers].map(([name, value]) => [name, `${value}`])).toEqual(carried);
  }, 90_000);
});

describe('inference > lane-worker > batches', () => {
  it('gives a request the same bits alone and among others', async () => {
    const served = await live(0.1);
    const features = Array.from({ length: 600 }, (_, n) => ({ x: Math.fround(Math.sin(n) * 1e3) }));
    const asked = await ground.ask(served, features);
    const together = await ground.answers(served, 600);
    expect(complaintsAbout(together, [asked])).toEqual([]);
    expect(Math.max(...together.map(({ decision }) => decision!.batch.size))).toBeGreaterThan(1);
    for (const one of [0, 299, 599]) {
      const already = (await ground.responses(served)).length;
      await ground.ask(served, [features[one]!]);
      const alone = (await ground.answers(served, already + 1)).at(-1);
      expect(alone?.decision?.batch.size).toBe(1);
      expect(alone?.outputs).toEqual(together[one]?.outputs);
    }
  }, 120_000);

  it('switches the model between batches, losing and doubling nothing', async () => {
    const served = await endpoint(2);
    const name = served.created.endpoint;
    const digests = [await ground.model(scaleModel(2)), await ground.model(scaleModel(3))];
    await ground.release(name, digests[0]!);
    const asked: string[][] = [[], []];
    for (let round = 0; round < 24; round++) {
      for (const partition of [0, 1]) asked[partition]!.push(...(await ground.ask(served, numbers(50), { partition })));
      if (round % 6 === 5) await ground.release(name, digests[(round % 4 === 1 ? 1 : 0) as 0 | 1]!);
      await sleep(30);
    }
    const responses = await ground.answers(served, 2_400);
    expect(complaintsAbout(responses, asked)).toEqual([]);
    expect(new Set(responses.map(({ releaseRevision }) => releaseRevision)).size).toBeGreaterThan(1);
    // What was decided is what the named model says: no response mixes two releases.
    responses.forEach(({ outputs, decision, releaseRevision }, index) => {
      expect(decision?.version).toBe(releaseRevision);
      expect(outputs).toEqual({ y: (index % 50) * (decision?.modelDigest === digests[0] ? 2 : 3) });
    });
  }, 120_000);

  it('stops at once when the kill switch is pulled: no answer of the stopped model after 2 s', async () => {
    const served = await endpoint(2);
    const name = served.created.endpoint;
    await ground.release(name, await ground.model(scaleModel(2)));
    const asked: string[][] = [[], []];
    const stream = async (rounds: number) => {
      for (let round = 0; round < rounds; round++) {
        for (const partition of [0, 1])
          asked[partition]!.push(...(await ground.ask(served, numbers(5), { partition })));
        await sleep(10);
      }
    };
    await stream(50);
    await ground.answers(served, 1);
    const halted = await ground.halt(name);
    await stream(100);
    const responses = await ground.answers(served, asked.flat().length);
    expect(complaintsAbout(responses, asked)).toEqual([]);
    const predicted = responses.filter(({ status }) => status === 'PREDICTED');
    expect(predicted.length).toBeGreaterThan(0);
    expect(Math.max(...predicted.map(({ decidedAt }) => decidedAt)) - halted).toBeLessThanOrEqual(2_000);
    for (const partition of [0, 1]) {
      const last = responses.filter(({ requestPartition }) => requestPartition === partition).at(-1);
      expect(last).toMatchObject({ status: 'REJECTED', reasonCode: 'ENDPOINT_HALTED', releaseRevision: 2 });
    }
  }, 120_000);
});

describe('inference > lane-worker > absences', () => {
  it('waits while the artifact store is away, and goes on', async () => {
    const served = await endpoint();
    const digest = await ground.model(scaleModel(21));
    await rename(ground.artifactFolder, `${ground.artifactFolder}-away`);
    try {
      await ground.release(served.created.endpoint, digest);
      const asked = await ground.ask(served, [{ x: 1 }]);
      await eventually(() => expect(worker.report().reason).toMatch(/store/i), { timeoutMs: 30_000 });
      expect(await ground.responses(served)).toEqual([]);
      await rename(`${ground.artifactFolder}-away`, ground.artifactFolder);
      const responses = await ground.answers(served, 1);
      expect(complaintsAbout(responses, [asked])).toEqual([]);
      expect(responses[0]).toMatchObject({ status: 'PREDICTED', outputs: { y: 21 } });
    } finally {
      await rename(`${ground.artifactFolder}-away`, ground.artifactFolder).catch(() => {});
    }
  }, 90_000);

  it('waits while the schema registry is away, buries nothing, and goes on', async () => {
    const served = await live();
    const writer = JSON.parse(served.created.requestSchema) as { fields: object[] };
    writer.fields.push({ name: 'more', type: ['null', 'string'], default: null });
    const wider = parseSchema(JSON.stringify(writer));
    const schemaId = await ground.schemas.register(`${served.created.requestsTopic}-value`, wider);
    const asked = await ground.ask(served, [{ x: 1 }]);
    await ground.answers(served, 1);
    registry.away = true;
    asked.push(...(await ground.ask({ ...served, requests: AvroCodec.of(wider) }, [{ x: 2 }], { schemaId })));
    asked.push(...(await ground.ask(served, [{ x: 3 }])));
    await eventually(() => expect(worker.report().reason).toMatch(/registry/i), { timeoutMs: 30_000 });
    expect(await ground.responses(served)).toHaveLength(1);
    registry.away = false;
    expect(complaintsAbout(await ground.answers(served, 3), [asked])).toEqual([]);
    expect(await ground.deadLetters(served)).toEqual([]);
  }, 90_000);

  it('answers nothing while it does not hear what is released', async () => {
    const served = await live();
    await ground.ask(served, [{ x: 1 }]);
    await ground.answers(served, 1);
    releases.close();
    await sleep(3_000);
    const asked = await ground.ask(served, [{ x: 2 }]);
    await eventually(() => expect(worker.report().reason).toMatch(/2 seconds/), { timeoutMs: 30_000 });
    expect(await ground.responses(served)).toHaveLength(1);
    const revision = await ground.release(served.created.endpoint, await ground.model(scaleModel(5)));
    releases.open();
    const [, response] = await ground.answers(served, 2);
    expect(response).toMatchObject({ requestId: asked[0], releaseRevision: expect.any(Number) });
    expect([1, revision]).toContain(response?.releaseRevision);
    await eventually(() => expect(worker.report().reason).toBeNull(), { timeoutMs: 30_000 });
  }, 90_000);

  it('stops while it starts, and right after', async () => {
    const early = new LaneWorker({
      client: ground.kafka,
      schemas: ground.schemas,
      artifacts: ground.artifacts,
      recorder: new FlightRecorder(path.join(ground.folder, 'note-early')),
      clock: { now: Date.now },
      logger: silentLogger,
    });
    const starting = early.start();
    await early.stop();
    await starting;
    expect(early.report().lanes).toEqual([]);
  }, 60_000);

  it('takes turns of models that several lanes ask at once', async () => {
    const slow = await endpoint(2);
    await ground.release(slow.created.endpoint, await ground.model(loopingModel()));
    const asked = await Promise.all([0, 1].map((partition) => ground.ask(slow, numbers(5, 1_000), { partition })));
    const responses = await ground.answers(slow, 10);
    expect(complaintsAbout(responses, asked)).toEqual([]);
    for (const { status } of responses) expect(status).toBe('PREDICTED');
  }, 90_000);
});
