import {
  ApprovalGranted,
  DatasetJudged,
  DatasetRegistered,
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
  version: fact(ModelVersionRegistered, { model: 'm', version: 2, artifact, origin: 'RUN', ...lineage }),
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
];
const whole = [...OTHERS, ...Object.values(LOG)];
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
      dataset: null,
    });
    const { fields } = foldCard([...whole, imported], 'i', 1)!;
    const missing = fields.filter((one) => one.missing !== null).map(({ field }) => field);
    expect(missing).toEqual(CARD_FIELDS.filter((field) => field !== 'version'));
    expect(fields.find(({ field }) => field === 'data')?.missing).toBe('the model was not trained here');
    expect(foldCard(whole, 'm', 3)).toBeNull();
    expect(foldCard([], 'm', 2)).toBeNull();
  });

  it('is folded from facts that are on the log for ever', () => {
    const carriers = CARD_RECORDS.map((fullName) => topicOf({ fullName }));
    for (const { class: kind, retentionMs } of carriers) expect([kind, retentionMs]).toEqual(['facts', null]);
    expect(new Set(CARD_RECORDS).size).toBe(CARD_FIELDS.length);
  });
});

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
