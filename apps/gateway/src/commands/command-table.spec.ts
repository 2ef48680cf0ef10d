import { type AnyRecordSchema, avroOf } from '@millrace/contracts';
import { AvroCodec, parseSchema } from '@millrace/messaging';
import { checkCarriable } from './carriable';
import { COMMANDS, commandNamed } from './command-table';

const RUN = '3f1c1c9e-5d0a-4d5e-9d53-0d4b0f6f5a11';
const DIGEST = 'a'.repeat(64);

/** One body per command that its door takes. */
const BODIES: Readonly<Record<string, Record<string, unknown>>> = {
  RegisterSource: {
    source: 'flights',
    owner: 'me',
    licence: 'CC0-1.0',
    schema: '{}',
    privacy: { origin: 'none' },
    rules: [{ id: 'r', kind: 'BETWEEN', column: 'delay', min: -1, max: 2 }],
    partitions: 3,
  },
  SnapshotDataset: { source: 'flights', holdOutFraction: 0.5, holdOutFrom: 5, upTo: [1, 2] },
  OverrideVerdict: { dataset: 'flights:1', reason: 'a new airport' },
  DefineExpectations: {
    source: 'flights',
    label: 'delay',
    expectations: [{ id: 'r', kind: 'MEAN_BETWEEN', column: 'delay', min: -1, max: 2, tolerance: 0.5 }],
  },
  StartTraining: {
    run: RUN,
    model: 'm',
    dataset: 'flights:1',
    plan: {
      task: 'BINARY_CLASSIFICATION',
      target: { column: 'delay', threshold: 15 },
      features: [{ name: 'f', column: 'c', kind: 'NUMBER' }],
      candidates: [{ name: 'c', learner: 'l', parameters: { depth: 3 } }],
      folds: 3,
      searchRows: 10,
      seed: 1,
    },
  },
  ImportModel: { model: 'm', artifact: { digest: DIGEST, size: 1, mediaType: 'x' } },
  SetModelAlias: { model: 'm', alias: 'champion', version: 1 },
  CreateEndpoint: { endpoint: 'e', model: 'm', version: 1, major: 1, partitions: 4 },
  RetireEndpoint: { endpoint: 'e', reason: 'old' },
  ProposeRelease: { endpoint: 'e', model: 'm', version: 1 },
  RollBackRelease: { endpoint: 'e', toRevision: 3 },
  HaltEndpoint: { endpoint: 'e', reason: 'harm' },
  StartLearner: {
    learner: 'l',
    endpoint: 'e',
    major: 1,
    plan: {
      algorithm: 'logistic-ftrl',
      features: [{ name: 'x', column: 'x', kind: 'NUMBER', closed: false, meaning: '' }],
      parameters: { alpha: 0.1 },
      guard: {},
      window: 1_000,
      detector: 'ddm',
      releasedOutput: 'probability',
    },
    reportEvery: 500,
    snapshots: { model: 'l', everyExamples: 1_000, everySeconds: 3_600, releaseWhenBetterBy: 0.01 },
  },
  ForkLearner: { learner: 'new', from: 'l', to: 1_000 },
  RollBackLearner: { learner: 'l', to: 1_000, reason: 'poison' },
  StopLearner: { learner: 'l', reason: 'old' },
  ClassifyModel: { model: 'm', riskClass: 'HIGH', reasons: ['it decides about loans'], purpose: 'loans' },
  AttachNotice: { model: 'm', notice: 'A machine decides.' },
  DefinePolicy: {
    policy: 'release',
    rules: ['UNACCEPTABLE', 'HIGH', 'LIMITED', 'MINIMAL'].map((riskClass) => ({
      riskClass,
      forbidden: riskClass === 'UNACCEPTABLE',
      approvals: 2,
      metrics: [{ metric: 'holdOut.auc', atLeast: 0.6, atMost: 1 }],
    })),
  },
  RotateLedgerKey: { ledger: 'ledger', reason: 'its holder has left' },
  ApproveRelease: { release: RUN, binding: DIGEST, reason: 'seen' },
  RejectRelease: { release: RUN, reason: 'too early' },
  AcknowledgeAlert: { alert: 'late.v1/DRIFT/distance', note: 'looking' },
  DeclareTrigger: {
    trigger: 't',
    endpoint: 'e',
    model: 'm',
    source: 'flights-late.v1',
    plan: {
      task: 'BINARY_CLASSIFICATION',
      target: { column: 'delay', threshold: 15 },
      features: [{ name: 'f', column: 'c', kind: 'NUMBER' }],
      candidates: [{ name: 'c', learner: 'l', parameters: { depth: 3 } }],
    },
    conditions: { drift: true, everyMs: 3_600_000 },
    coolDownMs: 86_400_000,
  },
  RequestRetraining: { trigger: 't', dataset: 'flights:2', reason: 'a new airport' },
  LiftQuarantine: { digest: DIGEST },
};

const EXTREMES = [2 ** 31, -(2 ** 31) - 1, 2 ** 53 - 1, -(2 ** 53) + 1, 1e308, -1e308, 0.5, 0, -1];

/** The value with one of its numbers replaced, for every number and every extreme. */
function* withExtremes(value: unknown): Generator<unknown> {
  if (typeof value === 'number') yield* EXTREMES;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, one] of Object.entries(value))
    for (const changed of withExtremes(one))
      yield Array.isArray(value)
        ? value.map((item, at) => (String(at) === key ? changed : item))
        : { ...value, [key]: changed };
}

const encodes = (record: AnyRecordSchema, data: unknown): Buffer =>
  AvroCodec.of(parseSchema(JSON.stringify(avroOf(record)))).encode(data);

describe('gateway > commands > COMMANDS', () => {
  it('has a body in this spec for every command, and finds each by its name', () => {
    expect(COMMANDS.map((one) => one.name).sort()).toEqual(Object.keys(BODIES).sort());
    for (const one of COMMANDS) expect(commandNamed(one.name)).toBe(one);
  });

  it.each(COMMANDS.map((one) => [one.name, one] as const))(
    '%s: what the door takes, the record carries',
    (name, one) => {
      const plain = { ...one.body.parse(BODIES[name]), ...one.said({ name: 'ann', roles: ['admin'] }) };
      expect(encodes(one.record, plain).length).toBeGreaterThan(0);
      expect(one.keyOf(plain)).toMatch(/^[a-zA-Z0-9:./-]+$/);
      for (const extreme of withExtremes(BODIES[name])) {
        const parsed = one.body.safeParse(extreme);
        if (!parsed.success) continue;
        expect(() => encodes(one.record, { ...parsed.data, ...one.said({ name: 'ann', roles: [] }) })).not.toThrow();
      }
    },
  );

  const rule = (change: object) => ({
    ...BODIES.DefinePolicy,
    rules: (BODIES.DefinePolicy!.rules as object[]).map((one, index) => (index === 1 ? { ...one, ...change } : one)),
  });
  it.each<[string, string, Record<string, unknown>, string]>([
    ['ClassifyModel', 'no class', { riskClass: undefined }, 'riskClass'],
    ['ClassifyModel', 'a class in small letters', { riskClass: 'high' }, 'riskClass'],
    ['ClassifyModel', 'the class that means none', { riskClass: 'UNKNOWN' }, 'riskClass'],
    ['ClassifyModel', 'no reasons', { reasons: [] }, 'reasons'],
    ['ClassifyModel', 'an empty reason', { reasons: ['ok', ''] }, 'reasons'],
    ['ClassifyModel', 'reasons without end', { reasons: Array.from({ length: 21 }, () => 'x') }, 'reasons'],
    ['ClassifyModel', 'a model with a path in it', { model: '../m' }, 'model'],
    ['AttachNotice', 'no text', { notice: '' }, 'notice'],
    ['AttachNotice', 'a text without end', { notice: 'x'.repeat(10_001) }, 'notice'],
    ['DefinePolicy', 'another policy', { policy: 'mine' }, 'policy'],
    ['DefinePolicy', 'too few rules', { rules: [] }, 'rules'],
    ['DefinePolicy', 'a rule of no class', rule({ riskClass: 'MEDIUM' }), 'rules'],
    ['DefinePolicy', 'less than no approvals', rule({ approvals: -1 }), 'rules'],
    ['DefinePolicy', 'half an approval', rule({ approvals: 0.5 }), 'rules'],
    ['DefinePolicy', 'a bound that is no number', rule({ metrics: [{ metric: 'auc', atLeast: '0.6' }] }), 'rules'],
    ['DefinePolicy', 'a role with a space', rule({ approverRoles: ['a b'] }), 'rules'],
    ['ApproveRelease', 'no binding', { binding: undefined }, 'binding'],
    ['ApproveRelease', 'a binding that is none', { binding: 'A'.repeat(64) }, 'binding'],
    ['ApproveRelease', 'a release that is none', { release: 'flights-late' }, 'release'],
    ['RejectRelease', 'no reason', { reason: '' }, 'reason'],
    ['AcknowledgeAlert', 'no alert', { alert: '' }, 'alert'],
    ['AcknowledgeAlert', 'a name without end', { alert: 'x'.repeat(1_001) }, 'alert'],
    ['AcknowledgeAlert', 'a name of more bytes than letters', { alert: '航'.repeat(900) }, 'alert'],
    ['AcknowledgeAlert', 'no note', { note: undefined }, 'note'],
    ['AcknowledgeAlert', 'an empty note', { note: '' }, 'note'],
    ['DeclareTrigger', 'no endpoint', { endpoint: undefined }, 'endpoint'],
    ['DeclareTrigger', 'a name with a path in it', { trigger: '../t' }, 'trigger'],
    ['DeclareTrigger', 'a condition that is no truth', { conditions: { drift: 'yes' } }, 'conditions'],
    ['DeclareTrigger', 'a schedule of no time', { conditions: { everyMs: 0 } }, 'conditions'],
    ['DeclareTrigger', 'a cool-down of no time', { coolDownMs: 0 }, 'coolDownMs'],
    ['DeclareTrigger', 'a cool-down longer than any number', { coolDownMs: 2 ** 52 }, 'coolDownMs'],
    ['DeclareTrigger', 'a source with a path in it', { source: '../flights' }, 'source'],
    ['DeclareTrigger', 'the name of a plan', { plan: 'plan.json' }, 'plan'],
    ['RequestRetraining', 'no trigger', { trigger: undefined }, 'trigger'],
    ['RequestRetraining', 'a trigger that is none', { trigger: 'T 1' }, 'trigger'],
    ['RequestRetraining', 'a data set without a name', { dataset: '' }, 'dataset'],
  ])('%s: does not take %s', (name, _, change, member) => {
    const parsed = commandNamed(name)!.body.safeParse({ ...BODIES[name], ...change });
    expect(parsed.error?.issues.map(({ path }) => path[0])).toEqual([member]);
  });

  it.each([
    ['flights', true],
    ['flights-late.v1', true],
    ['flights-late.v12', true],
    ['flights-late.v0', false],
    ['flights-late.v', false],
    ['flights.late', false],
    ['a.v1.v2', false],
    ['../flights', false],
    ['', false],
  ])('cuts a data set of %p, and takes what is expected of it: %p', (source, taken) => {
    expect(commandNamed('SnapshotDataset')!.body.safeParse({ source }).success).toBe(taken);
    const { body } = commandNamed('DefineExpectations')!;
    expect(body.safeParse({ source, expectations: [] }).success).toBe(taken);
  });

  it('says itself which roles an approver has, whatever was sent', () => {
    const { body, said } = commandNamed('ApproveRelease')!;
    const sent = body.parse({ ...BODIES.ApproveRelease, roles: ['admin'] });
    expect({ ...sent, ...said({ name: 'ann', roles: ['approver'] }) }.roles).toEqual(['approver']);
  });

  it.each(COMMANDS.map((one) => [one.name, one] as const))('%s: drops members that it does not know', (name, one) => {
    expect(one.body.parse({ ...BODIES[name], admin: true, __proto__: { x: 1 } })).not.toHaveProperty('admin');
  });
});

describe('gateway > commands > checkCarriable', () => {
  it('refuses NUL wherever it hides, and no text that only looks like it', () => {
    expect(() => checkCarriable({ a: [{ b: 'x\0' }] })).toThrow(/NUL/);
    expect(() => checkCarriable({ 'a\0': 1 })).toThrow(/NUL/);
    expect(() => checkCarriable({ a: '\\u0000', b: null, c: 0 })).not.toThrow();
  });

  it('refuses what no record can hold', () => {
    expect(() => checkCarriable({ a: 'é'.repeat(400_000) })).toThrow(/800008 bytes/);
    expect(() => checkCarriable({ a: 'e'.repeat(400_000) })).not.toThrow();
  });
});
