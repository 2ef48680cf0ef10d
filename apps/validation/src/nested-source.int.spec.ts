import {
  ApprovalGranted,
  CreateEndpoint,
  type DatasetJudged,
  DefineExpectations,
  ProposeRelease,
  RegisterSource,
  type ReleaseActivated,
  type ReleaseProposed,
  RunCompleted,
  RunPlanned,
  recordChecks,
  releaseBinding,
  SnapshotDataset,
  type SourceRegistered,
  sampleOf,
  signatureInput,
  Topics,
} from '@millrace/contracts';
import { AvroCodec, frame, parseSchema } from '@millrace/messaging';
import { clearTables, type Fact, makeInstallation, type NodeProcess, ServiceUnderTest } from '@millrace/testing';
import { expectation } from './domain/domain-fixtures';

const SOURCE = 'orders';
const ROWS = 400;
const OTHERS = ['ingestion', 'registry'] as const;

const field = (name: string, type: unknown) => ({ name, type });
const record = (name: string, ...fields: object[]) => ({ type: 'record', name, fields });
const SCHEMA = record(
  'Order',
  field('placed', { type: 'long', logicalType: 'timestamp-millis' }),
  field('quantity', 'int'),
  field('gift', 'boolean'),
  field(
    'customer',
    record(
      'Customer',
      field('country', 'string'),
      field(
        'address',
        record('Address', field('city', 'string'), field('geo', ['null', { type: 'array', items: 'double' }])),
      ),
    ),
  ),
  field('lines', {
    type: 'array',
    items: record('Line', field('sku', 'string'), field('price', 'double'), field('mark', 'bytes')),
  }),
  field('labels', { type: 'map', values: 'string' }),
  field('coupon', ['null', 'string', 'int']),
  field('notes', ['null', { type: 'array', items: 'string' }]),
);
const codec = AvroCodec.of<object>(parseSchema(JSON.stringify(SCHEMA)));

/** An order like all others; each is another one in every nested part. */
const order = (index: number, change: object = {}): object => ({
  placed: Date.UTC(2026, 0, 1) + index * 60_000,
  quantity: 1 + (index % 9),
  gift: index % 4 === 0,
  customer: {
    country: ['NL', 'DE', 'FR'][index % 3],
    address: { city: `City ${index % 5}`, geo: index % 2 === 0 ? [index / 10, -index] : null },
  },
  lines: Array.from({ length: 1 + (index % 3) }, (_, n) => ({
    sku: `S${index % 7}${n}`,
    price: n + 0.5,
    mark: Buffer.from([index % 256]),
  })),
  labels: { channel: ['web', 'shop'][index % 2], ...(index % 5 === 0 ? { campaign: `c${index}` } : {}) },
  coupon: [null, { string: `C${index}` }, { int: index }][index % 3],
  notes: index % 2 === 0 ? null : [`n${index}`, 'as agreed'],
  ...change,
});

let service: ServiceUnderTest;
const others: NodeProcess[] = [];
let source: SourceRegistered;
let sent = 0;

// All three services as they are: nobody plays validation, ingestion or the registry.
beforeAll(async () => {
  service = new ServiceUnderTest(await makeInstallation('validation'));
  await service.start();
  for (const name of OTHERS) {
    const started = service.spawn(`apps/${name}/src/main.ts`);
    others.push(started);
    await started.waitFor(`${name} runs`, 60_000);
  }
}, 180_000);
afterAll(async () => {
  for (const one of others) await one.kill('SIGTERM');
  for (const name of OTHERS) await clearTables({ ...service.installation, service: name });
  await service?.clear();
}, 60_000);

/** All on one partition, so that "from this offset on" means all that follows. */
async function send(...orders: object[]): Promise<void> {
  const value = (one: object) => frame(source.schemaId, codec.encode(one));
  await service.producer.send(
    source.recordsTopic,
    orders.map((one) => ({ partition: 0, key: null, value: value(one) })),
  );
  sent += orders.length;
}

/** Every record that was sent has been sorted. */
async function sorted() {
  const read = async () => ({
    accepted: await service.records(source.acceptedTopic),
    quarantined: await service.records(source.quarantineTopic),
  });
  const all = ({ accepted, quarantined }: Awaited<ReturnType<typeof read>>) =>
    accepted.length + quarantined.length >= sent;
  return service.until('sorted records', read, all);
}

/** Sends good orders until the partition is sorted by a set. */
async function sortedBy(set: string): Promise<Fact> {
  const found = async () => {
    await send(order(sent));
    await sorted();
    return (await service.facts(Topics.sortings)).find(({ data }) => data.source === SOURCE && data.set === set);
  };
  return (await service.until(`sorting by ${set}`, found, (fact) => fact !== undefined))!;
}

async function judged(): Promise<DatasetJudged> {
  const command = { source: SOURCE, holdOutFraction: 0.25, holdOutFrom: null, upTo: null };
  const cut = await service.answer(Topics.datasets, await service.command(SnapshotDataset, SOURCE, command));
  return (await service.answer(Topics.verdicts, cut.id)).data as unknown as DatasetJudged;
}

const setsOf = async (): Promise<Fact[]> =>
  (await service.facts(Topics.expectations)).filter(({ key }) => key === SOURCE);

describe('validation, ingestion and registry > a source with records in records, lists and maps', () => {
  it('is cut, profiled and accepted, and what is derived from it keeps no later record away', async () => {
    const rules = [expectation({ id: 'placed', kind: 'NOT_NULL', column: 'placed' })];
    const command = await service.command(RegisterSource, SOURCE, {
      ...{
        source: SOURCE,
        owner: 'ann',
        licence: 'CC0-1.0',
        description: '',
        keyField: null,
        eventTimeField: 'placed',
      },
      ...{ schema: JSON.stringify(SCHEMA), privacy: {}, rules, partitions: 2, proposedFrom: null },
    });
    source = (await service.answer(Topics.sources, command)).data as unknown as SourceRegistered;
    await send(...Array.from({ length: ROWS }, (_, index) => order(index)));
    expect((await sorted()).quarantined).toEqual([]);
    const first = await judged();
    expect(first).toMatchObject({ dataset: 'orders:1', verdict: 'ACCEPTED', rows: ROWS, broken: [] });
    expect(Object.fromEntries(first.columns.map(({ column, kind }) => [column, kind]))).toEqual({
      ...{ placed: 'time', quantity: 'integer', gift: 'boolean', customer: 'text', lines: 'text', labels: 'text' },
      ...{ coupon: 'text', notes: 'text' },
    });
    const sorting = await sortedBy('orders:1');
    const odd = order(1, { lines: [], labels: {}, notes: [], coupon: null });
    await send(order(0, { customer: { country: 'XX', address: { city: '', geo: [] } } }), odd);
    const { accepted, quarantined } = await sorted();
    expect(quarantined).toEqual([]);
    expect(accepted.length).toBe(sent);
    expect(sorting.data).toMatchObject({ partition: 0, checks: [] });
  }, 150_000);

  it('sorts single records by what users demand of it, nested parts included', async () => {
    const command = await service.command(DefineExpectations, SOURCE, {
      source: SOURCE,
      label: null,
      expectations: [
        expectation({ id: 'few', kind: 'BETWEEN', column: 'quantity', min: 1, max: 100 }),
        expectation({ id: 'with-lines', kind: 'NOT_NULL', column: 'lines' }),
        expectation({ id: 'noted', kind: 'NOT_NULL', column: 'notes', severity: 'WARNING' }),
      ],
    });
    expect((await service.answer(Topics.expectations, command)).data).toMatchObject({ set: 'orders:2' });
    expect((await sortedBy('orders:2')).data).toMatchObject({ checks: ['few', 'with-lines', 'noted'] });
    await send(order(1, { quantity: 101 }), order(2, { notes: null }));
    const { quarantined } = await sorted();
    const letters = await service.facts({ ...Topics.ingestionDeadLetters, name: source.quarantineTopic });
    expect([quarantined.length, letters.map(({ data }) => data.reasonCode)]).toEqual([1, ['EXPECTATION_BROKEN:few']]);
  }, 150_000);

  it('accepts the next data set, and a release checks requests by the same definition', async () => {
    const second = await judged();
    expect(second).toMatchObject({ dataset: 'orders:2', verdict: 'ACCEPTED', expectationSet: 'orders:2' });
    expect(second.broken.map(({ id, severity }) => [id, severity])).toEqual([['noted', 'WARNING']]);
    // What is derived of an accepted data set is told after the verdict, on another topic.
    const derived = ({ data }: Fact) => data.set === 'orders:3';
    const newest = (await service.until('the derived set', setsOf, (sets) => sets.some(derived))).find(derived)!.data;
    const { rules, ...named } = (await activation()).inputChecks!;
    expect(named).toEqual({ expectations: 'orders:3', digest: newest.digest });
    expect(rules.map(({ id }) => id)).toEqual(['few', 'with-lines', 'noted']);
    const broken = (features: Record<string, unknown>) =>
      recordChecks(rules).flatMap(({ rule, isBroken }) => (isBroken(features[rule.column]) ? [rule.id] : []));
    expect(broken({ quantity: 2.5, gift: 1, lines: '[]', notes: 'n' })).toEqual([]);
    expect(broken({ quantity: 101, gift: 0, lines: null, notes: 'n' })).toEqual(['few', 'with-lines']);
  }, 150_000);
});

/** A version trained on `orders:2` goes live, as training and governance would have it. */
async function activation(): Promise<ReleaseActivated> {
  const input = (name: string, type: 'DOUBLE' | 'STRING') => signatureInput(name, { type, optional: true });
  const signature = {
    inputs: [input('quantity', 'DOUBLE'), input('gift', 'DOUBLE'), input('lines', 'STRING'), input('notes', 'STRING')],
    outputs: [{ name: 'p', field: 'p', type: 'FLOAT' as const, rank: 2, width: 1, meaning: '' }],
  };
  const [run, model] = ['run-orders', 'returned'];
  const planned = sampleOf(RunPlanned) as RunPlanned;
  await service.publish(RunPlanned, run, { ...planned, run, model, dataset: 'orders:2', requestedBy: 'tim' });
  const completed = sampleOf(RunCompleted) as RunCompleted;
  const artifact = { digest: 'a'.repeat(64), size: 1, mediaType: 'application/onnx' };
  const result = { ...completed.result, artifact, signature };
  const done = { ...completed, run, model, dataset: 'orders:2', result };
  await service.answer(Topics.models, await service.publish(RunCompleted, run, done));
  const wanted = { endpoint: 'returns', model, version: 1, major: 1, partitions: 1, description: '' };
  await service.answer(Topics.endpoints, await service.command(CreateEndpoint, 'returns', wanted));
  const release = await service.command(ProposeRelease, 'returns', {
    endpoint: 'returns',
    model,
    version: 1,
    reason: '',
  });
  const { data } = await service.answer(Topics.releases, release);
  const { digest, major, strategy, proposedBy } = data as unknown as ReleaseProposed;
  const binding = releaseBinding({ endpoint: 'returns', major, digest, strategy });
  const granted = await service.publish(ApprovalGranted, release, {
    ...{
      release,
      endpoint: 'returns',
      model,
      version: 1,
      digest,
      major,
      strategy,
      binding,
      proposedBy,
      trainedBy: 'tim',
    },
    ...{ aggregateVersion: 1, occurredAt: 1, riskClass: 'MINIMAL', policy: 'built-in:1', approvers: [] },
  });
  const isLive = ({ record, causationId }: Fact) => record.endsWith('.ReleaseActivated') && causationId === granted;
  const live = await service.await('activation', () => service.facts(Topics.releases), isLive);
  return live.data as unknown as ReleaseActivated;
}
