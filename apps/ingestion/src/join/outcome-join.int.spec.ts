import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  avroOf,
  type DeadLetter,
  EndpointCreated,
  endpointTopics,
  type LabelledExample,
  labelledRecord,
  type ModelSignature,
  type Outcome,
  OutcomeContradicted,
  outcomeSchema,
  type PredictionRequest,
  type PredictionResponse,
  requestSchema,
  responseSchema,
  SnapshotDataset,
  signatureInput,
  Topics,
  topicConfig,
} from '@millrace/contracts';
import { loadTable } from '@millrace/data';
import {
  AvroCodec,
  DirectEvents,
  FRAME_BYTES,
  frame,
  type KafkaRecord,
  parseSchema,
  RecordEncoder,
} from '@millrace/messaging';
import { eventually, makeInstallation, ServiceUnderTest } from '@millrace/testing';

const DAY = 86_400_000;
const AT = Date.UTC(2026, 0, 1);
const signature: ModelSignature = {
  inputs: [signatureInput('x', { type: 'DOUBLE', meaning: 'A number' })],
  outputs: [{ name: 'p', field: 'p', type: 'DOUBLE', rank: 2, width: 1, meaning: 'Probability' }],
};

let service: ServiceUnderTest;

beforeAll(async () => {
  service = new ServiceUnderTest(await makeInstallation('ingestion'));
  await service.start();
}, 120_000);
afterAll(async () => {
  await service.clear();
}, 60_000);

/** An endpoint as the registry makes it, and its topics as a lane and producers use them. */
async function endpointNamed(name: string) {
  const topics = endpointTopics(name, 1, 2);
  const texts = {
    requests: JSON.stringify(requestSchema(name, 1, signature)),
    responses: JSON.stringify(responseSchema(name, 1, signature)),
    outcomes: JSON.stringify(outcomeSchema(name, 1)),
  };
  const made = [topics.requests, topics.responses, topics.outcomes, topics.deadLetters];
  await service.kafka.admin.createTopics(
    made.map((topic) => ({ name: topic.name, partitions: topic.partitions, config: topicConfig(topic) })),
  );
  const register = (topic: { name: string }, text: string) =>
    service.schemas.register(`${topic.name}-value`, parseSchema(text));
  const ids = {
    requests: await register(topics.requests, texts.requests),
    responses: await register(topics.responses, texts.responses),
    outcomes: await register(topics.outcomes, texts.outcomes),
  };
  const producer = service.kafka.idempotentProducer();
  const encoder = new RecordEncoder(service.schemas, 'registry');
  const events = new DirectEvents(producer, encoder, { now: () => AT }, (topic) => service.kafka.prefixed(topic));
  const data: EndpointCreated = {
    aggregateVersion: 1,
    occurredAt: AT,
    endpoint: name,
    major: 1,
    partitions: 2,
    requestsTopic: topics.requests.name,
    responsesTopic: topics.responses.name,
    deadLettersTopic: topics.deadLetters.name,
    outcomesTopic: topics.outcomes.name,
    requestSchemaId: ids.requests,
    responseSchemaId: ids.responses,
    outcomeSchemaId: ids.outcomes,
    requestSchema: texts.requests,
    responseSchema: texts.responses,
    signature,
    model: 'm',
    version: 1,
    description: '',
    createdBy: 'ann',
  };
  await events.publish(EndpointCreated, name, data, { id: randomUUID() });
  const requests = AvroCodec.of<PredictionRequest>(parseSchema(texts.requests));
  const responses = AvroCodec.of<PredictionResponse>(parseSchema(texts.responses));
  const outcomes = AvroCodec.of<Outcome>(parseSchema(texts.outcomes));
  const labelled = AvroCodec.of<LabelledExample>(
    parseSchema(JSON.stringify(avroOf(labelledRecord(name, 1, signature)))),
  );
  return {
    topics,
    /** Requests and the responses to them, as a lane writes them: same partition, same order. */
    async answer(wanted: readonly { id: string; x: number }[], at = AT): Promise<void> {
      const placed = await producer.send(
        topics.requests.name,
        wanted.map(({ id, x }, index) => ({
          partition: index % 2,
          key: Buffer.from(`key-${id}`),
          timestamp: at,
          value: frame(
            ids.requests,
            requests.encode({ requestId: id, eventTime: at, deadline: null, caller: null, features: { x } }),
          ),
        })),
      );
      await producer.send(
        topics.responses.name,
        wanted.map(({ id, x }, index) => ({
          partition: index % 2,
          key: Buffer.from(`key-${id}`),
          timestamp: at,
          value: frame(
            ids.responses,
            responses.encode({
              requestId: id,
              requestPartition: placed[index]!.partition,
              requestOffset: placed[index]!.offset,
              status: 'PREDICTED',
              reasonCode: null,
              warnings: [],
              outputs: { p: x / 100 },
              decision: {
                model: 'm',
                version: 3,
                modelDigest: 'd',
                arm: 'champion',
                armProbability: 1,
                batch: { firstOffset: 0, index: 0, size: 1 },
              },
              releaseRevision: 4,
              runtime: 'r',
              decidedAt: at,
            }),
          ),
        })),
      );
    },
    async learn(wanted: readonly { id: string; label: number }[], at = AT + DAY): Promise<void> {
      await producer.send(
        topics.outcomes.name,
        wanted.map(({ id, label }) => ({
          key: Buffer.from(id),
          timestamp: at,
          value: frame(ids.outcomes, outcomes.encode({ requestId: id, eventTime: at, label })),
        })),
      );
    },
    raw: (value: Buffer | null) =>
      producer.send(topics.outcomes.name, [{ partition: 0, key: Buffer.from('k'), timestamp: AT, value }]),
    outcome: (outcome: Partial<Outcome>) =>
      frame(ids.outcomes, outcomes.encode({ requestId: 'good', eventTime: AT, label: 1, ...outcome })),
    requestSchemaId: ids.requests,
    /** By event id: an outbox that was killed may publish its last rows twice, with the same bytes. */
    examples: async () =>
      distinct(await service.records(topics.labelled.name)).map((record) => ({
        key: String(record.key),
        cause: String(record.headers.get('causation-id')),
        data: labelled.decode(record.value!, FRAME_BYTES),
      })),
    async untilExamples(count: number) {
      return eventually(
        async () => {
          const examples = await this.examples();
          expect(examples.length).toBeGreaterThanOrEqual(count);
          return examples;
        },
        { timeoutMs: 60_000, everyMs: 200 },
      );
    },
    close: () => producer.close(),
  };
}

function distinct(records: readonly KafkaRecord[]): KafkaRecord[] {
  const byId = new Map<string, KafkaRecord>();
  for (const record of records) {
    const id = String(record.headers.get('ce_id'));
    const first = byId.get(id);
    if (first) expect(record.value).toEqual(first.value);
    else byId.set(id, record);
  }
  return [...byId.values()];
}

const labelsOf = (examples: readonly { data: LabelledExample }[]) =>
  Object.fromEntries(examples.map(({ data }) => [data.requestId, data.label]));

/** How many outcomes of an endpoint had each effect, by the metrics of the process that runs now. */
async function untilCounted(endpoint: string, expected: Readonly<Record<string, number>>): Promise<void> {
  const port = [...service.output.matchAll(/"healthPort":(\d+)/g)].at(-1)![1];
  await eventually(
    async () => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      for (const [effect, count] of Object.entries(expected)) {
        const line = `millrace_ingestion_outcomes_total{endpoint="${endpoint}",effect="${effect}"} `;
        expect([effect, Number(text.split(line)[1]?.split('\n')[0] ?? 0)]).toEqual([effect, count]);
      }
    },
    { timeoutMs: 60_000, everyMs: 200 },
  );
}

describe('ingestion > outcomes', () => {
  it('joins late and early outcomes, and lets the first of several count', async () => {
    const endpoint = await endpointNamed('joined');
    await endpoint.learn([{ id: 'early', label: 1 }]);
    await endpoint.answer([
      { id: 'early', x: 10 },
      { id: 'late', x: 20 },
      { id: 'doubled', x: 30 },
      { id: 'unlabelled', x: 40 },
    ]);
    await endpoint.learn([{ id: 'late', label: 0 }]);
    await endpoint.learn([{ id: 'doubled', label: 1 }]);
    await endpoint.learn([{ id: 'doubled', label: 1 }]);
    await endpoint.learn([{ id: 'doubled', label: 0 }]);
    const examples = await endpoint.untilExamples(3);
    const contradiction = await eventually(
      async () => {
        const [fact] = (await service.facts(Topics.groundTruth)).filter(({ key }) => key === 'joined.v1');
        expect(fact).toBeDefined();
        return fact!;
      },
      { timeoutMs: 60_000, everyMs: 200 },
    );
    expect(contradiction).toMatchObject({
      record: OutcomeContradicted.fullName,
      data: { aggregateVersion: 1, requestId: 'doubled', label: 1, otherLabel: 0, endpoint: 'joined', major: 1 },
    });
    expect(await endpoint.examples()).toHaveLength(3);
    expect(labelsOf(examples)).toEqual({ early: 1, late: 0, doubled: 1 });
    await untilCounted('joined', { repeated: 1, contradicts: 1, 'too-late': 0 });
    const late = examples.find(({ data }) => data.requestId === 'late')!;
    expect(late).toMatchObject({
      key: 'key-late',
      // Whichever half was read last: two topics are read side by side.
      cause: expect.stringMatching(/^serve\.joined\.(outcomes|responses)\.v1\//),
      data: {
        features: { x: 20 },
        outputs: { p: 0.2 },
        status: 'PREDICTED',
        model: 'm',
        version: 3,
        releaseRevision: 4,
        eventTime: AT,
        outcomeTime: AT + DAY,
      },
    });
    await endpoint.close();
  });

  it('takes no outcome after the horizon, and none that cannot be used: those are dead letters', async () => {
    const endpoint = await endpointNamed('strict');
    await endpoint.answer([
      { id: 'in-time', x: 1 },
      { id: 'too-late', x: 2 },
    ]);
    await endpoint.untilExamples(0);
    await endpoint.raw(Buffer.from('garbage'));
    await endpoint.raw(null);
    await endpoint.learn([{ id: 'too-late', label: Number.NaN }], AT + 29 * DAY);
    await endpoint.learn([{ id: 'in-time', label: 1 }], AT + 30 * DAY);
    const buried = await eventually(
      async () => {
        const letters = (await service.facts(Topics.ingestionDeadLetters)).map(
          ({ data }) => data as never as DeadLetter,
        );
        const ours = letters.filter(({ topic }) => topic.endsWith(endpoint.topics.outcomes.name));
        expect(ours).toHaveLength(3);
        return ours;
      },
      { timeoutMs: 60_000, everyMs: 200 },
    );
    expect(buried.map(({ reasonCode }) => reasonCode).sort()).toEqual(['OUTCOME_UNUSABLE', 'UNREADABLE', 'UNREADABLE']);
    // Only once both responses wait can an outcome be known as too late.
    await endpoint.untilExamples(1);
    await endpoint.learn([{ id: 'too-late', label: 1 }], AT + 31 * DAY);
    await endpoint.answer([{ id: 'after', x: 3 }], AT + 31 * DAY);
    await endpoint.learn([{ id: 'after', label: 0 }], AT + 31 * DAY);
    expect(labelsOf(await endpoint.untilExamples(2))).toEqual({ 'in-time': 1, after: 0 });
    await untilCounted('strict', { 'too-late': 1, contradicts: 0 });
    await endpoint.close();
  });

  it('buries what is no outcome, whole and with the reason, and joins what comes behind it', async () => {
    const endpoint = await endpointNamed('hardened');
    const good = endpoint.outcome({});
    const hostile = Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]);
    const bad: readonly (readonly [what: string, value: Buffer | null, reasonCode: string])[] = [
      ['no value', null, 'UNREADABLE'],
      ['an empty value', Buffer.alloc(0), 'UNREADABLE'],
      ['garbage', Buffer.from('no avro at all'), 'UNREADABLE'],
      ['a truncated outcome', good.subarray(0, 9), 'UNREADABLE'],
      ['trailing bytes', Buffer.concat([good, Buffer.from([0])]), 'UNREADABLE'],
      ['a length without end', Buffer.concat([good.subarray(0, FRAME_BYTES), hostile]), 'UNREADABLE'],
      ['a schema that nobody registered', frame(999_999, good.subarray(FRAME_BYTES)), 'UNKNOWN_SCHEMA'],
      ['a record of another kind', frame(endpoint.requestSchemaId, good.subarray(FRAME_BYTES)), 'INCOMPATIBLE_SCHEMA'],
      ['NaN', endpoint.outcome({ label: Number.NaN }), 'OUTCOME_UNUSABLE'],
      ['infinity', endpoint.outcome({ label: Number.NEGATIVE_INFINITY }), 'OUTCOME_UNUSABLE'],
      ['U+0000', endpoint.outcome({ requestId: 'a\u0000b' }), 'OUTCOME_UNUSABLE'],
    ];
    for (const [, value] of bad) await endpoint.raw(value);
    // No index of the database takes it, and nothing shortens it.
    const endless = randomBytes(50_000).toString('base64');
    await endpoint.answer([
      { id: 'good', x: 1 },
      { id: endless, x: 2 },
      { id: '', x: 3 },
    ]);
    for (const [id, label] of [
      ['good', 1],
      [endless, 0],
      [endless, 1],
      ['', 1],
    ] as const)
      await endpoint.raw(endpoint.outcome({ requestId: id, label }));
    expect(labelsOf(await endpoint.untilExamples(3))).toEqual({ good: 1, [endless]: 0, '': 1 });
    const ours = ({ data }: { data: unknown }) => (data as DeadLetter).topic.endsWith(endpoint.topics.outcomes.name);
    const letters = await service.until(
      'all dead letters',
      async () => (await service.facts(Topics.ingestionDeadLetters)).filter(ours),
      ({ length }) => length >= bad.length,
    );
    expect(letters.map(({ data }) => data.reasonCode)).toEqual(bad.map(([, , reasonCode]) => reasonCode));
    expect(letters.map(({ data }) => data.value)).toEqual(bad.map(([, value]) => value));
    await untilCounted('hardened', { unusable: bad.length, contradicts: 1 });
    await endpoint.close();
  });

  it.each(['fold.before-commit', 'fold.after-commit'])('killed at %s: every example once', async (point) => {
    const name = `killed-${point.includes('before') ? 'before' : 'after'}`;
    const endpoint = await endpointNamed(name);
    const ids = Array.from({ length: 200 }, (_, index) => ({ id: `${name}-${index}`, x: index, label: index % 2 }));
    await endpoint.answer(ids.slice(0, 100));
    await service.stop();
    await endpoint.learn(ids);
    const dying = await service.start({ MILLRACE_CRASH_AT: `${point}#2` });
    await endpoint.answer(ids.slice(100));
    expect(await dying.exit).toEqual({ code: null, signal: 'SIGKILL' });
    await service.start();
    const examples = await endpoint.untilExamples(200);
    expect(examples).toHaveLength(200);
    expect(labelsOf(examples)).toEqual(Object.fromEntries(ids.map(({ id, label }) => [id, label])));
    await endpoint.close();
  });

  it('gives data sets of features and outcomes, a repeated example once', async () => {
    const endpoint = await endpointNamed('learned-from');
    const ids = Array.from({ length: 40 }, (_, index) => ({ id: `row-${index}`, x: index, label: index % 2 }));
    await endpoint.answer(ids.slice(0, 30));
    await endpoint.answer(ids.slice(30), AT + 60_000);
    await endpoint.learn(ids);
    await endpoint.untilExamples(40);
    // As an outbox does that was killed before it knew what it had published.
    const [again] = await service.records(endpoint.topics.labelled.name);
    const producer = service.kafka.idempotentProducer();
    await producer.send(endpoint.topics.labelled.name, [{ partition: 0, key: again!.key, value: again!.value }]);
    await producer.close();
    const snapshot = { holdOutFraction: 0.25, holdOutFrom: null, upTo: null };
    const cut = await service.command(SnapshotDataset, 'learned-from.v1', { ...snapshot, source: 'learned-from.v1' });
    const { data } = await service.answer(Topics.datasets, cut);
    expect(data).toMatchObject({
      dataset: 'learned-from.v1:1',
      topic: endpoint.topics.labelled.name,
      ranges: [{ partition: 0, from: 0, to: 41 }],
      rows: 40,
      columns: [
        { name: 'x', type: 'DOUBLE' },
        { name: 'event_time', type: 'TIMESTAMP' },
        { name: 'outcome', type: 'DOUBLE' },
      ],
      split: 'EVENT_TIME',
      training: { rows: 30 },
      holdOut: { rows: 10 },
    });
    const rows = new Map<number, number>();
    for (const { artifact } of [data.training, data.holdOut] as { artifact: { digest: string } }[]) {
      const table = await loadTable(
        join(service.folder, 'artifacts/sha256', artifact.digest.slice(0, 2), artifact.digest.slice(2)),
        ['x', 'outcome'],
      );
      const [x, outcome] = ['x', 'outcome'].map((name) => (table.columns.get(name) as { values: Float64Array }).values);
      for (const [index, value] of x!.entries()) rows.set(value, outcome![index]!);
    }
    expect([...rows].sort(([a], [b]) => a - b)).toEqual(ids.map(({ x, label }) => [x, label]));
    const unknown = await service.command(SnapshotDataset, 'nobody.v3', { ...snapshot, source: 'nobody.v3' });
    expect(await service.answer(Topics.datasets, unknown)).toMatchObject({
      data: { reasonCode: 'UNKNOWN_SOURCE', reason: expect.stringContaining('no endpoint nobody with major 3') },
    });
    await endpoint.close();
  }, 90_000);

  it('rebuilds what it knows of contradictions from the log', async () => {
    const { tables } = await service.rebuild();
    const family = tables.find(({ table }) => table === 'join_families')!;
    expect(family.rows).toBeGreaterThan(0);
    expect([family.difference, family.hashRebuilt]).toEqual([null, family.hash]);
  });
});
