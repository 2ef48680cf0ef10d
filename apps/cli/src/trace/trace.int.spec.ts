import {
  type AnyRecordSchema,
  ApprovalGranted,
  DatasetJudged,
  DatasetRegistered,
  EndpointCreated,
  endpointTopics,
  LearnerSnapshotTaken,
  type ModelSignature,
  ModelVersionRegistered,
  type Outcome,
  OverrideVerdict,
  outcomeSchema,
  type PredictionRequest,
  type PredictionResponse,
  ProposeRelease,
  ReleaseActivated,
  ReleaseApproved,
  ReleaseGranted,
  ReleaseProposed,
  RunCompleted,
  RunPlanned,
  requestSchema,
  responseSchema,
  SourceRegistered,
  StartTraining,
  sampleOf,
  signatureInput,
  VerdictOverridden,
} from '@millrace/contracts';
import { AvroCodec, DirectEvents, frame, parseSchema, RecordEncoder } from '@millrace/messaging';
import { makeInstallation, ServiceUnderTest } from '@millrace/testing';
import type { Context } from '../platform/context';
import type { Story, StoryNode } from './story';
import { trace } from './trace';

const DIGEST = 'd'.repeat(64);
const signature: ModelSignature = {
  inputs: [signatureInput('x', { type: 'DOUBLE' })],
  outputs: [{ name: 'p', field: 'p', type: 'DOUBLE', rank: 2, width: 1, meaning: '' }],
};
const artifact = { digest: DIGEST, size: 1, mediaType: 'application/onnx' };
const topics = endpointTopics('asked', 1, 2);
const texts = {
  requests: JSON.stringify(requestSchema('asked', 1, signature)),
  responses: JSON.stringify(responseSchema('asked', 1, signature)),
  outcomes: JSON.stringify(outcomeSchema('asked', 1)),
};

let ground: ServiceUnderTest;
let events: DirectEvents;
let context: Context;

beforeAll(async () => {
  // The log alone tells the story: no service runs.
  ground = new ServiceUnderTest(await makeInstallation('registry'));
  const { kafka, schemas } = ground;
  events = new DirectEvents(ground.producer, new RecordEncoder(schemas, 'spec'), { now: Date.now }, (name) =>
    kafka.prefixed(name),
  );
  context = {
    platform: {} as Context['platform'],
    gateway: {} as Context['gateway'],
    kafka: async () => kafka,
    schemas: async () => schemas,
    close: async () => {},
  };
  for (const kind of ['requests', 'responses', 'outcomes'] as const) {
    await kafka.admin.createTopics([{ name: topics[kind].name, partitions: 2, config: {} }]);
    await schemas.register(`${topics[kind].name}-value`, parseSchema(texts[kind]));
  }
  for (const [record, key, change, id, cause] of LIFE) {
    const caused = cause === undefined ? {} : { cause: { id: cause, correlationId: 'c', traceparent: null } };
    const data = { ...(sampleOf(record) as object), ...change };
    await events.publish(record, key, data, { id, ...caused } as Parameters<DirectEvents['publish']>[3]);
  }
}, 120_000);
afterAll(() => ground?.clear(), 60_000);

const data = { dataset: 'flights:3', source: 'flights', model: 'm', run: 'run-3' };
const proposal = { endpoint: 'asked', release: 'r-1', model: 'm', version: 2, digest: DIGEST, kind: 'FORWARD' };
const arm = { arm: 'main', model: 'm', version: 2, artifact, signature, probability: 1 };

/** Everything from a source to a release, each record by its event id and what caused it. */
const LIFE: readonly (readonly [AnyRecordSchema, string, object, string, string?])[] = [
  [SourceRegistered, 'flights', { source: 'flights' }, 'source'],
  [DatasetRegistered, 'flights:3', { ...data, topic: 'data.flights.accepted.v1' }, 'dataset'],
  [DatasetRegistered, 'asked.v1:1', { dataset: 'asked.v1:1', source: 'asked.v1' }, 'examples'],
  [DatasetJudged, 'flights:3', { ...data, verdict: 'REJECTED' }, 'judged', 'dataset'],
  [DatasetJudged, 'flights:4', { dataset: 'flights:4' }, 'another verdict'],
  [OverrideVerdict, 'flights:3', { dataset: 'flights:3', reason: 'a holiday' }, 'override'],
  [VerdictOverridden, 'flights:3', { ...data, by: 'ann', reason: 'a holiday' }, 'overridden', 'override'],
  [StartTraining, 'run-3', {}, 'train'],
  [RunPlanned, 'run-3', data, 'planned', 'train'],
  [RunCompleted, 'run-3', data, 'completed', 'planned'],
  [ModelVersionRegistered, 'm', { ...data, version: 2, artifact, learner: null }, 'version', 'completed'],
  [
    ModelVersionRegistered,
    'm',
    {
      ...data,
      version: 3,
      artifact: { ...artifact, digest: 'e'.repeat(64) },
      dataset: 'asked.v1:1',
      run: null,
      learner: null,
    },
    'relearned',
  ],
  [LearnerSnapshotTaken, 'river', { learner: 'river', offset: 5_000 }, 'snapshot'],
  [
    ModelVersionRegistered,
    'm',
    { version: 4, run: null, dataset: null, learner: { learner: 'river', offset: 5_000, stateHash: 'h' }, model: 'm' },
    'snapshot version',
    'snapshot',
  ],
  [
    EndpointCreated,
    'asked',
    {
      endpoint: 'asked',
      major: 1,
      requestsTopic: topics.requests.name,
      responsesTopic: topics.responses.name,
      outcomesTopic: topics.outcomes.name,
      requestSchema: texts.requests,
      responseSchema: texts.responses,
    },
    'endpoint',
  ],
  [ProposeRelease, 'asked', {}, 'propose'],
  [ReleaseProposed, 'asked', proposal, 'proposed', 'propose'],
  [ReleaseApproved, 'r-1', { release: 'r-1', by: 'bob' }, 'approved', 'proposed'],
  [ApprovalGranted, 'r-1', { ...proposal, approvers: ['bob'] }, 'granted', 'approved'],
  [ReleaseGranted, 'asked', { endpoint: 'asked', release: 'r-1', by: 'bob' }, 'release granted', 'granted'],
  [ReleaseActivated, 'asked', { ...proposal, revision: 1, arms: [arm] }, 'activated', 'granted'],
];

/** Asks, answers by a version of m, and says what happened. @returns the story of it */
async function storyOf(requestId: string, version: number, labels: readonly number[] = []): Promise<Story> {
  const bytes = async <T>(kind: keyof typeof texts, value: T) => {
    const schema = parseSchema(texts[kind]);
    const found = await ground.schemas.lookup(`${topics[kind].name}-value`, schema);
    return frame(found!.id, AvroCodec.of<T>(schema).encode(value));
  };
  const key = Buffer.from(requestId);
  const request: PredictionRequest = {
    requestId,
    eventTime: null,
    deadline: null,
    caller: 'web',
    features: { x: 1.5 },
  };
  const [asked] = await ground.producer.send(topics.requests.name, [
    { key, partition: 1, value: await bytes('requests', request) },
  ]);
  const response: PredictionResponse = {
    requestId,
    requestPartition: 1,
    requestOffset: asked!.offset,
    status: 'PREDICTED',
    reasonCode: null,
    warnings: [],
    outputs: { p: 0.25 },
    decision: {
      model: 'm',
      version,
      modelDigest: DIGEST,
      arm: 'main',
      armProbability: 1,
      batch: { firstOffset: asked!.offset, index: 0, size: 1 },
    },
    releaseRevision: 1,
    runtime: 'spec',
    decidedAt: Date.now(),
  };
  await ground.producer.send(topics.responses.name, [{ key, partition: 1, value: await bytes('responses', response) }]);
  for (const label of labels) {
    const outcome: Outcome = { requestId, label, eventTime: null };
    await ground.producer.send(topics.outcomes.name, [{ key, value: await bytes('outcomes', outcome) }]);
  }
  return trace(context, {
    requestId,
    endpoint: null,
    within: '1h',
    since: Date.now() - 3_600_000,
    onProgress: () => {},
  });
}

const named = ({ kind, title }: StoryNode) => `${kind} ${title.replace(/ (by|to a) .*| \{.*/, '')}`;
/** Each node with what it came from, by kinds. */
function links({ nodes }: Story): Record<string, string[]> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  expect(byId.size).toBe(nodes.length);
  return Object.fromEntries(nodes.map((node) => [named(node), node.from.map((id) => named(byId.get(id)!)).sort()]));
}

describe('cli > trace > the whole story of a request, from topics alone', () => {
  it('leads from what really happened back to the source, over the verdict and everybody who allowed it', async () => {
    const story = await storyOf('told-1', 2, [1]);
    expect(links(story)).toEqual({
      'outcome label 1': ['response PREDICTED'],
      'response PREDICTED': ['release revision 1: main m:2 (1)', 'request told-1 to asked, major 1'],
      'request told-1 to asked, major 1': ['endpoint asked, major 1'],
      'endpoint asked, major 1': [],
      'release revision 1: main m:2 (1)': [
        'approval by bob',
        'approval granted',
        'grant by bob',
        'proposal FORWARD to m:2',
        'version m:2',
      ],
      'proposal FORWARD to m:2': ['command ProposeRelease propose'],
      'command ProposeRelease propose': [],
      'approval by bob': ['proposal FORWARD to m:2'],
      'approval granted': ['approval by bob'],
      'grant by bob': ['approval granted'],
      'version m:2': ['run run-3'],
      'run run-3': ['plan run-3'],
      'plan run-3': ['command StartTraining train', 'verdict OVERRIDDEN'],
      'command StartTraining train': [],
      'verdict OVERRIDDEN': ['command OverrideVerdict override', 'verdict REJECTED'],
      'command OverrideVerdict override': [],
      'verdict REJECTED': ['data set flights:3'],
      'data set flights:3': ['source flights'],
      'source flights': [],
    });
    const detailsOf = (wanted: string) => story.nodes.find(({ kind }) => kind === wanted)?.details;
    expect(detailsOf('request')).toMatchObject({ features: { x: 1.5 }, caller: 'web', schemaId: expect.any(Number) });
    expect(detailsOf('response')).toMatchObject({ decision: { arm: 'main', batch: { index: 0, size: 1 } } });
    expect(detailsOf('data set')).toMatchObject({ digest: expect.any(String), offsets: [expect.any(String)] });
    expect(detailsOf('version')).toMatchObject({ digest: DIGEST });
    expect(detailsOf('version')).not.toHaveProperty('warning');
    expect(story.notes).toEqual(['no tree head covers the response yet: it is not vouched for']);
  }, 60_000);

  it('tells the first outcome, and that another one says otherwise', async () => {
    const story = await storyOf('told-2', 2, [1, 0, 1]);
    expect(story.nodes.filter(({ kind }) => kind === 'outcome').map(({ title }) => title)).toEqual(['label 1']);
    expect(story.notes).toContain('the outcomes of this request contradict each other: 1, 0');
    expect((await storyOf('told-3', 2)).nodes.map(({ kind }) => kind)).not.toContain('outcome');
  }, 60_000);

  it('leads a model that was trained on labelled examples to their endpoint, which is told once', async () => {
    const story = await storyOf('told-4', 3);
    expect(links(story)).toMatchObject({
      'version m:3': ['data set asked.v1:1'],
      'data set asked.v1:1': ['endpoint asked, major 1'],
      'request told-4 to asked, major 1': ['endpoint asked, major 1'],
    });
    const version = story.nodes.find(({ kind }) => kind === 'version');
    expect(version?.details.warning).toContain(DIGEST);
  }, 60_000);

  it('leads a model that learned on the stream to its snapshot, and names what is not on the log', async () => {
    expect(links(await storyOf('told-5', 4))).toMatchObject({ 'version m:4': ['snapshot river at offset 5000'] });
    const gone = (await storyOf('told-6', 9)).nodes.find(({ kind }) => kind === 'version');
    expect(gone).toMatchObject({ place: null, details: { missing: 'not found on registry.models.v1' } });
  }, 60_000);
});
