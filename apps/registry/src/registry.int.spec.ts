import { join } from 'node:path';
import { FileArtifactStore } from '@millrace/artifacts';
import {
  ApprovalGranted,
  CreateEndpoint,
  type EndpointCreated,
  ExpectationSetDefined,
  HaltEndpoint,
  ImportModel,
  LAST_WORD,
  LearnerSnapshotTaken,
  ModelClassified,
  ProposeRelease,
  ReleaseProposed,
  RetireEndpoint,
  RollBackRelease,
  releaseBinding,
  SetModelAlias,
  sampleOf,
  Topics,
  verdictOn,
} from '@millrace/contracts';
import { parseSchema } from '@millrace/messaging';
import { type Fact, makeInstallation, ServiceUnderTest, strangerSigner, trimTopic } from '@millrace/testing';
import { goodModel, loopingModel } from '../test/sample-models';

let service: ServiceUnderTest;
let artifacts: FileArtifactStore;

beforeAll(async () => {
  service = new ServiceUnderTest(await makeInstallation('registry'));
  artifacts = new FileArtifactStore(join(service.folder, 'artifacts'));
  await service.start();
});
afterAll(async () => {
  await service?.clear();
});

async function importing(model: string, bytes: Buffer, change: { digest?: string } = {}): Promise<ImportModel> {
  const stored = await artifacts.put(bytes);
  return { model, artifact: { ...stored, ...change, mediaType: 'application/onnx' }, description: 'of a spec' };
}

const endpoint = (change: Partial<CreateEndpoint> = {}): CreateEndpoint => ({
  endpoint: 'scaled',
  model: 'scale',
  version: 1,
  major: 1,
  partitions: 2,
  description: '',
  ...change,
});

/** What governance would say of a proposal. */
function grantOf({ data }: Fact): ApprovalGranted {
  const { release, endpoint, model, version, digest, major, strategy, proposedBy } = data as unknown as ReleaseProposed;
  const binding = releaseBinding({ endpoint, major, digest, strategy });
  const said = { release, endpoint, model, version, digest, major, strategy, binding, proposedBy, trainedBy: null };
  return { ...said, aggregateVersion: 1, occurredAt: 1, riskClass: 'HIGH', policy: 'built-in:1', approvers: ['bob'] };
}

/** The class of the model "scale" comes on another topic than commands, and may come after them. */
const untilClassified = (riskClass: string) =>
  service.until(
    `class ${riskClass}`,
    () => service.query<unknown[]>(`SELECT 1 FROM risk_classes WHERE id = 'scale' AND risk_class = $1`, [riskClass]),
    (rows) => rows.length > 0,
  );

describe('registry > the life of a model, an endpoint and its releases', () => {
  it('imports an ONNX file as version 1, with the signature of its graph', async () => {
    const command = await service.command(ImportModel, 'scale', await importing('scale', goodModel()));
    const fact = await service.answer(Topics.models, command);
    expect(fact).toMatchObject({
      record: 'io.millrace.registry.ModelVersionRegistered',
      data: { version: 1, aggregateVersion: 1, origin: 'IMPORT', registeredBy: 'ann' },
    });
    const { inputs } = fact.data.signature as { inputs: { field: string; type: string }[] };
    expect(inputs.map(({ field, type }) => `${field}: ${type}`)).toEqual(['x: FLOAT', 'colour: STRING']);
  });

  it('refuses the same bytes again and names the version that has them', async () => {
    const command = await service.command(ImportModel, 'scale', await importing('scale', goodModel()));
    expect(await service.answer(Topics.models, command)).toMatchObject({
      record: 'io.millrace.registry.ModelVersionRefused',
      data: { reasonCode: 'DUPLICATE_VERSION', commandId: command, reason: expect.stringContaining('scale:1') },
    });
  });

  it.each([
    ['no ONNX file', Buffer.from('I am no model'), {}, 'MALFORMED'],
    ['a Loop', loopingModel(), {}, expect.stringMatching(/^(OPERATOR|SUBGRAPH|CONTROL_FLOW)/)],
    ['an artifact that nobody has', goodModel(), { digest: '0'.repeat(64) }, 'ARTIFACT_NOT_FOUND'],
  ])('refuses to import %s, with the reason', async (_, bytes, change, reasonCode) => {
    const command = await service.command(ImportModel, 'foreign', await importing('foreign', bytes, change));
    expect(await service.answer(Topics.models, command)).toMatchObject({
      record: 'io.millrace.registry.ModelVersionRefused',
      data: { reasonCode, commandId: command },
    });
  });

  it('makes the topics and subjects of an endpoint before it says that it exists', async () => {
    const command = await service.command(CreateEndpoint, 'scaled', endpoint());
    const { data } = await service.answer(Topics.endpoints, command);
    expect(data).toMatchObject({ endpoint: 'scaled', partitions: 2, requestsTopic: 'serve.scaled.requests.v1' });
    for (const topic of [data.requestsTopic, data.responsesTopic, data.deadLettersTopic, data.outcomesTopic])
      expect(await service.kafka.admin.partitionsOf(String(topic))).toEqual([0, 1]);
    const schema = parseSchema(String(data.requestSchema));
    const found = await service.schemas.lookup('serve.scaled.requests.v1-value', schema);
    expect(found?.id).toBe(data.requestSchemaId);
  });

  it('gives a doubled command one effect', async () => {
    const id = await service.command(SetModelAlias, 'scale', { model: 'scale', alias: 'champion', version: 1 });
    await service.answer(Topics.models, id);
    await service.command(SetModelAlias, 'scale', { model: 'scale', alias: 'champion', version: 1 }, { id });
    const after = await service.command(SetModelAlias, 'scale', { model: 'scale', alias: 'second', version: 1 });
    await service.answer(Topics.models, after);
    expect(await service.answersTo(Topics.models, id)).toHaveLength(1);
  });

  it('lets a release wait, and go live as it was granted; refuses what does not fit; rolls back; retires', async () => {
    const propose = (version: number) =>
      service.command(ProposeRelease, 'scaled', { endpoint: 'scaled', model: 'scale', version, reason: '' });
    const first = await propose(1);
    const proposal = await service.answer(Topics.releases, first);
    expect(proposal).toMatchObject({ data: { aggregateVersion: 1, proposedBy: 'ann', strategy: 'ALL_AT_ONCE' } });
    expect(await service.answer(Topics.releases, await propose(1))).toMatchObject({
      data: { reasonCode: 'ALREADY_PROPOSED' },
    });
    expect(await service.answer(Topics.releases, await propose(7))).toMatchObject({
      data: { reasonCode: 'UNKNOWN_VERSION' },
    });
    await service.publish(ApprovalGranted, 'another', { ...grantOf(proposal), release: 'another' });
    const granted = await service.publish(ApprovalGranted, first, grantOf(proposal));
    await service.publish(ApprovalGranted, first, grantOf(proposal), granted);
    const live = await service.until(
      'activation',
      () => service.answersTo(Topics.releases, granted),
      (facts) => facts.length === 2,
    );
    expect(live).toMatchObject([
      { record: 'io.millrace.registry.ReleaseGranted', data: { by: 'bob', aggregateVersion: 4, release: first } },
      { record: 'io.millrace.registry.ReleaseActivated', data: { revision: 1, aggregateVersion: 5, release: first } },
    ]);
    expect(await service.answer(Topics.releases, await propose(1))).toMatchObject({
      data: { reasonCode: 'ALREADY_LIVE' },
    });
    const back = await service.command(RollBackRelease, 'scaled', { endpoint: 'scaled', toRevision: null, reason: '' });
    expect(await service.answer(Topics.releases, back)).toMatchObject({ data: { reasonCode: 'UNKNOWN_REVISION' } });
  });

  it('halts at once, and rolls back to what was granted before, unless the model has become unacceptable', async () => {
    const halt = await service.command(HaltEndpoint, 'scaled', { endpoint: 'scaled', reason: 'harm' });
    expect(await service.answer(Topics.releases, halt)).toMatchObject({ data: { revision: 2 } });
    const rollBack = () =>
      service.command(RollBackRelease, 'scaled', { endpoint: 'scaled', toRevision: 1, reason: 'it was fine' });
    const back = await rollBack();
    await service.until(
      'roll back',
      () => service.answersTo(Topics.releases, back),
      (facts) => facts.length === 3 && facts[1]!.data.by === 'EARLIER_GRANT' && facts[2]!.data.revision === 3,
    );
    const said = { aggregateVersion: 1, occurredAt: 1, model: 'scale', reasons: ['it harms'], purpose: '', by: 'ann' };
    await service.publish(ModelClassified, 'scale', { ...said, riskClass: 'UNACCEPTABLE' });
    await untilClassified('UNACCEPTABLE');
    await service.command(HaltEndpoint, 'scaled', { endpoint: 'scaled', reason: 'harm' });
    expect(await service.answer(Topics.releases, await rollBack())).toMatchObject({
      data: { reasonCode: 'MODEL_UNACCEPTABLE' },
    });
  });

  it.each([
    ['no signature', null],
    ['the signature of a stranger', strangerSigner()],
  ])('a proposal with %s goes to the dead letters: nothing waits, and nothing can be granted', async (_, signer) => {
    const asked = { endpoint: 'scaled', model: 'scale', version: 1, reason: '' };
    const forged = await service.command(ProposeRelease, 'scaled', asked, { signer });
    const facts = await service.facts(Topics.releases);
    const grant = { ...grantOf(facts.find(({ record }) => record === ReleaseProposed.fullName)!), release: forged };
    const granted = await service.publish(ApprovalGranted, forged, grant);
    const honest = await service.command(RollBackRelease, 'scaled', { endpoint: 'scaled', toRevision: 99, reason: '' });
    await service.answer(Topics.releases, honest);
    expect(await service.answersTo(Topics.releases, forged)).toEqual([]);
    expect(await service.answersTo(Topics.releases, granted)).toEqual([]);
    const letters = await service.facts(Topics.registryDeadLetters);
    expect(letters.map((letter) => letter.data.reasonCode)).toContain('BAD_SIGNATURE');
  });

  it.each([
    ['commands', Topics.registryCommands],
    ['runs', Topics.runs],
    ['snapshots of learners', Topics.learners],
    ['approvals', Topics.approvals],
    ['risk classes', Topics.risks],
    ['expectations', Topics.expectations],
  ])('bytes that are no record among the %s become a dead letter, and stop nothing', async (_, topic) => {
    await service.garbage(topic);
    await service.until(
      'dead letter',
      () => service.facts(Topics.registryDeadLetters),
      (letters) => letters.some(({ data }) => data.topic === topic.name && data.reasonCode === 'UNREADABLE'),
    );
    const honest = await service.command(RollBackRelease, 'scaled', { endpoint: 'scaled', toRevision: 99, reason: '' });
    expect(await service.answer(Topics.releases, honest)).toMatchObject({ data: { reasonCode: 'UNKNOWN_REVISION' } });
  });

  it.each([
    ['a halt', HaltEndpoint, { endpoint: 'scaled', reason: 'harm' }],
    ['a roll back', RollBackRelease, { endpoint: 'scaled', toRevision: 1, reason: '' }],
    ['the end of an endpoint', RetireEndpoint, { endpoint: 'scaled', reason: '' }],
    [
      'an import',
      ImportModel,
      { model: 'scale', artifact: (sampleOf(ImportModel) as ImportModel).artifact, description: '' },
    ],
    ['an alias', SetModelAlias, { model: 'scale', alias: 'mine', version: 1 }],
    ['an endpoint', CreateEndpoint, endpoint({ endpoint: 'forged' })],
  ])('%s that a stranger signed does nothing', async (_, record, data) => {
    const forged = await service.command(record as never, 'scaled', data as never, { signer: strangerSigner() });
    const honest = await service.command(RollBackRelease, 'scaled', { endpoint: 'scaled', toRevision: 99, reason: '' });
    await service.answer(Topics.releases, honest);
    for (const topic of [Topics.releases, Topics.endpoints, Topics.models])
      expect(await service.answersTo(topic, forged)).toEqual([]);
  });

  it('refuses what is granted for other bytes than wait, and serves a retired endpoint no more', async () => {
    const said = { aggregateVersion: 2, occurredAt: 1, model: 'scale', reasons: ['a mistake'], purpose: '', by: 'ann' };
    await service.publish(ModelClassified, 'scale', { ...said, riskClass: 'MINIMAL' });
    await untilClassified('MINIMAL');
    const asked = { endpoint: 'scaled', model: 'scale', version: 1, reason: '' };
    const waits = await service.command(ProposeRelease, 'scaled', asked);
    const proposal = await service.answer(Topics.releases, waits);
    expect(proposal.record).toBe(ReleaseProposed.fullName);
    const wrong = await service.publish(ApprovalGranted, waits, { ...grantOf(proposal), binding: '0'.repeat(64) });
    expect(await service.answer(Topics.releases, wrong)).toMatchObject({
      record: 'io.millrace.registry.ReleaseRefused',
      data: { reasonCode: 'PROPOSAL_CHANGED', commandId: waits, release: waits },
    });
    const again = await service.command(ProposeRelease, 'scaled', asked);
    await service.answer(Topics.releases, again);
    const retire = await service.command(RetireEndpoint, 'scaled', { endpoint: 'scaled', reason: 'done' });
    expect(await service.answer(Topics.endpoints, retire)).toMatchObject({
      record: 'io.millrace.registry.EndpointRetired',
    });
    expect(await service.answer(Topics.releases, retire)).toMatchObject({
      record: 'io.millrace.registry.ReleaseWithdrawn',
      data: { release: again, reason: 'the endpoint was retired' },
    });
    const late = await service.command(ProposeRelease, 'scaled', asked);
    expect(await service.answer(Topics.releases, late)).toMatchObject({ data: { reasonCode: 'ENDPOINT_RETIRED' } });
  });

  it('makes a version of each snapshot of a learner, and proposes those that it is told to', async () => {
    const made = await service.command(CreateEndpoint, 'learned', endpoint({ endpoint: 'learned' }));
    const { signature } = (await service.answer(Topics.endpoints, made)).data as unknown as EndpointCreated;
    const scores = { accuracy: 0.8, auc: 0.7, logLoss: 0.4 };
    const snapshot = (offset: number, betterBy: number | null): LearnerSnapshotTaken => ({
      ...(sampleOf(LearnerSnapshotTaken) as LearnerSnapshotTaken),
      aggregateVersion: offset,
      learner: 'online',
      endpoint: 'learned',
      model: 'online',
      offset,
      signature,
      artifact: { digest: String(offset).repeat(64), size: 9, mediaType: 'application/onnx' },
      beside: { examples: 900, released: { ...scores, logLoss: 0.5 }, learner: scores },
      betterBy,
    });
    const ids: string[] = [];
    for (const [offset, betterBy] of [
      [1, null],
      [2, 0.1],
      [2, 0.1],
      [3, null],
    ] as const)
      ids.push(await service.publish(LearnerSnapshotTaken, 'online', snapshot(offset, betterBy)));
    // The last one is answered last.
    await service.answer(Topics.models, ids[3]);
    const versions = (await service.facts(Topics.models)).filter(
      ({ key, record }) => key === 'online' && record === 'io.millrace.registry.ModelVersionRegistered',
    );
    expect(versions.map(({ data, causationId }) => [data.version, data.origin, data.learner, causationId])).toEqual([
      [1, 'LEARNER', expect.objectContaining({ learner: 'online', offset: 1 }), ids[0]],
      [2, 'LEARNER', expect.objectContaining({ learner: 'online', offset: 2 }), ids[1]],
      [3, 'LEARNER', expect.objectContaining({ learner: 'online', offset: 3 }), ids[3]],
    ]);
    expect(await service.answer(Topics.releases, ids[1])).toMatchObject({
      record: 'io.millrace.registry.ReleaseProposed',
      data: { model: 'online', version: 2, kind: 'FORWARD', reason: expect.stringContaining('0.1000 nats') },
    });
    expect(await service.answersTo(Topics.releases, ids[0])).toEqual([]);
    expect(await service.answersTo(Topics.releases, ids[2])).toEqual([]);
  });

  it('never says of itself that it starts once it runs, and at its end that it was asked to stop', async () => {
    await service.stop();
    const said = (await service.facts(Topics.registryStatus)).map(({ data }) => data);
    expect(said.filter(({ reason }) => String(reason).includes('starting'))).toEqual([]);
    expect(said.at(-1)).toMatchObject({ ready: false, reason: LAST_WORD });
    await service.start();
  });

  it('leaves no gap in any aggregate, after a kill -9 as well', async () => {
    await service.stop();
    const dying = await service.start({ MILLRACE_CRASH_AT: 'outbox.after-commit' });
    const command = await service.command(SetModelAlias, 'scale', { model: 'scale', alias: 'third', version: 1 });
    expect((await dying.exit).signal).toBe('SIGKILL');
    await service.start();
    await service.answer(Topics.models, command);
    for (const topic of [Topics.models, Topics.endpoints, Topics.releases]) {
      const versions = new Map<string, Set<number>>();
      for (const { key, data } of await service.facts(topic)) {
        const seen = versions.get(String(key)) ?? new Set();
        versions.set(String(key), seen.add(Number(data.aggregateVersion)));
      }
      for (const seen of versions.values())
        expect([...seen]).toEqual(Array.from({ length: seen.size }, (_, index) => index + 1));
    }
  });

  it('rebuilds its tables from the log, beside the running service', async () => {
    const set = {
      source: 'flights',
      set: 'flights:1',
      number: 1,
      digest: 'd',
      label: null,
      expectations: [],
      by: 'ann',
    };
    await service.publish(ExpectationSetDefined, 'flights', { aggregateVersion: 1, occurredAt: 1, ...set });
    const known = () => service.query<unknown[]>('SELECT 1 FROM expectation_sets');
    await service.until('expectations', known, (rows) => rows.length > 0);
    const { tables } = await service.rebuild();
    expect(tables.map(({ table, difference }) => [table, difference])).toEqual([
      ['endpoints', null],
      ['expectation_sets', null],
      ['models', null],
      ['releases', null],
      ['risk_classes', null],
    ]);
    for (const { rows, hash, hashRebuilt } of tables) {
      expect(rows).toBeGreaterThan(0);
      expect(hashRebuilt).toBe(hash);
    }
  });

  it('names what differs from the log, and swaps it when nobody uses it', async () => {
    await service.query(`UPDATE models SET state = '{}' WHERE id = 'scale'`);
    await service.query('DELETE FROM releases');
    const found = await service.rebuild();
    expect(Object.fromEntries(found.tables.map(({ table, difference }) => [table, difference]))).toEqual({
      endpoints: null,
      expectation_sets: null,
      models: { key: '["scale"]', how: 'changed', rows: 1 },
      releases: { key: '["learned"]', how: 'added', rows: 2 },
      risk_classes: null,
    });
    expect(found.swapped).toEqual([]);
    await service.stop();
    expect((await service.rebuild(true)).swapped).toEqual(['models', 'releases']);
    await service.start();
    expect((await service.rebuild()).tables.map(({ difference }) => difference)).not.toContainEqual(expect.anything());
  });

  it('swaps no table that may rest on a trimmed beginning of the log, says where it begins, and swaps the rest', async () => {
    const rowsOf = (table: string) => service.query<unknown[]>(`SELECT * FROM ${table} ORDER BY 1`);
    const [models, sets, releases] = [
      await rowsOf('models'),
      await rowsOf('expectation_sets'),
      await rowsOf('releases'),
    ];
    // What came first about the model "scale", and all that is known of expectations: garbage, then a set.
    await trimTopic(service.kafka, Topics.models.name, 0, 1);
    await trimTopic(service.kafka, Topics.expectations.name, 0, 2);
    await service.query('DELETE FROM releases');
    await service.stop();
    const { tables, trimmed, swapped, failed, exitCode } = await service.rebuild(true);
    expect(trimmed).toEqual([
      { topic: 'registry.models.v1', partition: 0, offset: 1 },
      { topic: 'validation.expectations.v1', partition: 0, offset: 2 },
    ]);
    expect(Object.fromEntries(tables.map((one) => [one.table, verdictOn(one)]))).toEqual({
      endpoints: 'equal',
      expectation_sets: 'untold',
      models: 'untold',
      releases: 'differs',
      risk_classes: 'equal',
    });
    expect([swapped, exitCode, failed?.code]).toEqual([['releases'], 1, 'LOG_TRIMMED']);
    for (const place of ['registry.models.v1/0 begins at offset 1', 'validation.expectations.v1/0 begins at offset 2'])
      expect(failed?.message).toContain(place);
    expect([await rowsOf('models'), await rowsOf('expectation_sets'), await rowsOf('releases')]).toEqual([
      models,
      sets,
      releases,
    ]);
    await service.start();
  });
});
