import {
  ApprovalGranted,
  DatasetJudged,
  DatasetRegistered,
  EndpointCreated,
  LearnerSnapshotTaken,
  LearnerStarted,
  ModelClassified,
  ModelVersionRegistered,
  NoticeAttached,
  type RecordSchema,
  ReleaseActivated,
  ReleaseProposed,
  RunCompleted,
  RunPlanned,
  SourceRegistered,
  sampleOf,
  topicOf,
  VerdictOverridden,
} from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { CARD_RECORDS, foldCard } from './fold-card';
import { CARD_FIELDS, type CardField } from './model-card';
import { writeMarkdown } from './write-markdown';

const DIGEST = 'a'.repeat(64);
let offset = 100;

function fact<T>(record: RecordSchema<T>, change: Partial<T>): Received<unknown> {
  const { name: topic } = topicOf(record);
  const place = { topic, partition: 0, offset: offset++, timestamp: 1, key: 'k' };
  const envelope = { id: `e${offset}`, correlationId: 'c', causationId: null, actor: null, traceparent: null };
  return { data: { ...(sampleOf(record) as T), ...change }, record: record.fullName, ...place, ...envelope };
}

const artifact = { digest: DIGEST, size: 5, mediaType: 'application/onnx' };
const completed = sampleOf(RunCompleted) as RunCompleted;
const activated = sampleOf(ReleaseActivated) as ReleaseActivated;
const arm = { ...activated.arms[0]!, model: 'm', version: 2, artifact };
const lineage = { run: 'run-2', dataset: 'flights:3' };

/** A log that fills every field of m:2, each by one fact, among facts about other things. */
const LOG: Readonly<Record<CardField, Received<unknown>>> = {
  version: fact(ModelVersionRegistered, { model: 'm', version: 2, artifact, origin: 'RUN', learner: null, ...lineage }),
  risk: fact(ModelClassified, {
    model: 'm',
    riskClass: 'HIGH',
    reasons: ['It decides.'],
    purpose: 'dispatch',
    by: 'ann',
  }),
  notice: fact(NoticeAttached, { model: 'm', notice: 'A machine decides.' }),
  plan: fact(RunPlanned, { model: 'm', ...lineage, requestedBy: 'tim' }),
  training: fact(RunCompleted, { model: 'm', ...lineage, result: { ...completed.result, artifact } }),
  data: fact(DatasetRegistered, { dataset: 'flights:3', source: 'flights', rows: 77 }),
  provenance: fact(SourceRegistered, { source: 'flights', owner: 'the data team', licence: 'CC0-1.0' }),
  verdict: fact(DatasetJudged, { dataset: 'flights:3', verdict: 'ACCEPTED' }),
  approval: fact(ApprovalGranted, { model: 'm', version: 2, digest: DIGEST, approvers: ['bob', 'cy'], endpoint: 'e' }),
  release: fact(ReleaseActivated, { endpoint: 'e', revision: 4, arms: [arm] }),
};
const OTHERS = [
  fact(ModelVersionRegistered, { model: 'm', version: 1, run: 'run-1', dataset: 'flights:1' }),
  fact(ModelClassified, { model: 'other', riskClass: 'MINIMAL' }),
  fact(RunCompleted, { model: 'm', run: 'run-1', dataset: 'flights:1' }),
  fact(RunPlanned, { model: 'm', run: 'run-1', dataset: 'flights:1' }),
  fact(DatasetRegistered, { dataset: 'flights:1' }),
  fact(ReleaseProposed, { model: 'm', version: 1, digest: 'b'.repeat(64) }),
  fact(ApprovalGranted, { model: 'm', version: 1, digest: 'b'.repeat(64), endpoint: 'e' }),
  fact(ReleaseActivated, { endpoint: 'e', revision: 5, arms: [{ ...arm, version: 1 }] }),
  fact(DatasetJudged, { dataset: 'flights:1', verdict: 'REJECTED' }),
  fact(VerdictOverridden, { dataset: 'flights:1' }),
  fact(EndpointCreated, { endpoint: 'flights', major: 1 }),
];
/** The others come last: the newest fact of a kind is not the one that is meant. */
const whole = [...Object.values(LOG), ...OTHERS];
const missingIn = (facts: readonly Received<unknown>[]) =>
  foldCard(facts, 'm', 2)!.fields.flatMap(({ field, missing }) => (missing === null ? [] : [field]));

describe('cli > card > foldCard', () => {
  it('fills every field, each sentence with the place that it rests on', () => {
    const { fields } = foldCard(whole, 'm', 2)!;
    expect(fields.map(({ field }) => field)).toEqual(CARD_FIELDS);
    expect(missingIn(whole)).toEqual([]);
    for (const { field, sentences } of fields) {
      const { topic, partition, offset: at } = LOG[field];
      expect(sentences.length).toBeGreaterThan(0);
      for (const sentence of sentences) expect(sentence).toMatchObject({ topic, partition, offset: at });
    }
    expect(fields.find(({ field }) => field === 'approval')?.sentences[0]?.text).toContain('bob and cy');
  });

  it.each(CARD_FIELDS)('loses exactly the field %s with the fact that it rests on', (field) => {
    expect(missingIn(whole.filter((one) => one !== LOG[field]))).toEqual([field]);
  });

  it('takes the newest of several facts, and the one before when that is gone', () => {
    const newer = fact(ModelClassified, { model: 'm', riskClass: 'LIMITED', reasons: ['It talks.'] });
    const said = (facts: Received<unknown>[]) =>
      foldCard(facts, 'm', 2)!.fields.find(({ field }) => field === 'risk')!.sentences[0]!;
    expect(said([...whole, newer])).toMatchObject({ text: expect.stringContaining('LIMITED'), offset: newer.offset });
    expect(said(whole).text).toContain('HIGH');
  });

  it('says of an imported version what it cannot have, and of an unknown one nothing', () => {
    const imported = fact(ModelVersionRegistered, {
      model: 'i',
      version: 1,
      origin: 'IMPORT',
      run: null,
      learner: null,
      dataset: null,
    });
    const { fields } = foldCard([...whole, imported], 'i', 1)!;
    const missing = fields.filter((one) => one.missing !== null).map(({ field }) => field);
    expect(missing).toEqual(CARD_FIELDS.filter((field) => field !== 'version'));
    expect(fields.find(({ field }) => field === 'plan')?.missing).toBe('the model was not trained here');
    expect(fields.find(({ field }) => field === 'data')?.missing).toBe('the model was not trained here');
    expect(foldCard(whole, 'm', 3)).toBeNull();
    expect(foldCard([], 'm', 2)).toBeNull();
  });

  it('is folded from facts that are on the log for ever', () => {
    const carriers = CARD_RECORDS.map((fullName) => topicOf({ fullName }));
    for (const { class: kind, retentionMs } of carriers) expect([kind, retentionMs]).toEqual(['facts', null]);
    expect(new Set(CARD_RECORDS).size).toBe(CARD_RECORDS.length);
  });

  it('tells who let a rejected data set be trained on after all, beside the verdict and with its own place', () => {
    const overridden = fact(VerdictOverridden, { dataset: 'flights:3', by: 'ann', reason: 'the gap is a holiday' });
    const said = foldCard([...whole, overridden], 'm', 2)!.fields.find(({ field }) => field === 'verdict')!.sentences;
    expect(said[0]).toMatchObject({ offset: LOG.verdict.offset });
    expect(said.at(-1)).toMatchObject({ text: expect.stringMatching(/ann .*holiday/), offset: overridden.offset });
    const unjudged = whole.filter((one) => one !== LOG.verdict);
    expect(missingIn([...unjudged, overridden])).toEqual(['verdict']);
  });
});

describe('cli > card > a snapshot of a learner', () => {
  const learner = { learner: 'river', offset: 5_000, stateHash: 'h' };
  const taken = sampleOf(LearnerSnapshotTaken) as LearnerSnapshotTaken;
  const facts: Partial<Record<CardField, Received<unknown>>> = {
    version: fact(ModelVersionRegistered, { model: 'o', version: 1, artifact, run: null, dataset: null, learner }),
    plan: fact(LearnerStarted, { learner: 'river', startedBy: 'tim' }),
    training: fact(LearnerSnapshotTaken, { ...taken, learner: 'river', offset: 5_000, artifact, learned: 4_321 }),
    release: fact(ReleaseActivated, { endpoint: 'e', revision: 5, arms: [{ ...arm, model: 'o', version: 1 }] }),
  };
  const others = [
    fact(LearnerStarted, { learner: 'other' }),
    fact(LearnerSnapshotTaken, { ...taken, learner: 'river', offset: 6_000 }),
  ];
  const cardOf = (some: typeof facts) => foldCard([...others, ...Object.values(some)], 'o', 1)!.fields;
  const fieldsSaid = (some: typeof facts) =>
    cardOf(some).flatMap(({ field, missing }) => (missing === null ? [field] : []));

  it('tells its plan and how good it was by the facts of the learner, and says that there is no data set', () => {
    expect(fieldsSaid(facts)).toEqual(Object.keys(facts));
    for (const { field, sentences } of cardOf(facts))
      for (const sentence of sentences) expect([field, sentence.offset]).toEqual([field, facts[field]?.offset]);
    const training = cardOf(facts).find(({ field }) => field === 'training');
    expect(training?.sentences[0]?.text).toContain('learned from 4321');
    for (const field of ['data', 'provenance', 'verdict'])
      expect(cardOf(facts).find((one) => one.field === field)?.missing).toContain('millrace learner show river');
  });

  it.each(Object.keys(facts) as CardField[])('loses exactly the field %s with the fact that it rests on', (field) => {
    const { [field]: _, ...rest } = facts;
    expect(fieldsSaid(rest)).toEqual(Object.keys(rest));
  });
});

describe('cli > card > a data set of labelled examples', () => {
  it('comes from its endpoint', () => {
    const dataset = 'seen.v2:1';
    const facts = [
      fact(ModelVersionRegistered, { model: 'l', version: 1, run: null, dataset }),
      fact(EndpointCreated, { endpoint: 'seen', major: 2, createdBy: 'ann' }),
      fact(EndpointCreated, { endpoint: 'seen', major: 1, createdBy: 'bob' }),
    ];
    const provenance = foldCard(facts, 'l', 1)!.fields.find(({ field }) => field === 'provenance')!;
    expect(provenance.sentences).toMatchObject([
      { text: expect.stringContaining('made by ann'), ...placeOf(facts[1]) },
    ]);
  });
});

function placeOf(one: Received<unknown> | undefined) {
  return { topic: one?.topic, partition: one?.partition, offset: one?.offset };
}

describe('cli > card > writeMarkdown', () => {
  it('names topic, partition and offset behind every sentence, and what is missing', () => {
    const markdown = writeMarkdown(
      foldCard(
        whole.filter((one) => one !== LOG.notice),
        'm',
        2,
      )!,
    );
    const lines = markdown.split('\n').filter((line) => line.startsWith('- '));
    expect(lines.length).toBeGreaterThan(10);
    for (const line of lines) expect(line).toMatch(/\(`[a-z.-]+\.v1`, partition \d+, offset \d+\)$/);
    expect(markdown).toContain('## Transparency notice\n\n**missing**: millrace risk notice m --text "..."');
  });

  it('lets no text of people break out of its line or make markup', () => {
    const hostile = fact(NoticeAttached, { model: 'm', notice: '\n# Approved\n[x](y) <script> `code` | a' });
    const markdown = writeMarkdown(foldCard([...whole, hostile], 'm', 2)!);
    expect(markdown.match(/^#/gm)).toHaveLength(1 + CARD_FIELDS.length);
    expect(markdown).toContain('\\# Approved \\[x\\](y) \\<script\\> \\`code\\` \\| a');
  });
});
