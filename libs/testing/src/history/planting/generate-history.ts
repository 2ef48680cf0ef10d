import { seededRandom } from '../../given-when-then';
import { type TransitionRule, UNREADABLE } from '../history';
import { OperationRecorder } from '../operation-recorder';
import {
  type Draft,
  type DraftActivation,
  type DraftLog,
  type DraftOutboxRow,
  type DraftRecord,
  type DraftWindow,
  LogDraft,
} from './draft';

export const REQUESTS = 'serve.flights.requests.v1';
export const RESPONSES = 'serve.flights.responses.v1';
export const DEAD_LETTERS = 'serve.flights.dead-letters.v1';
export const COMMANDS = 'registry.commands.v1';
export const RELEASES = 'registry.releases.v1';
export const BURIED = 'registry.dead-letters.v1';
export const WINDOWS = 'monitoring.windows.v1';

const WINDOW_MS = 60_000;
const digestOf = (revision: number) => `digest ${revision}`;
const servedBy = (revision: number) => `late:${revision}`;

const NEXT: Readonly<Record<string, readonly string[]>> = {
  none: ['ReleaseProposed'],
  ReleaseProposed: ['ReleaseGranted', 'ReleaseRefused'],
  ReleaseGranted: ['ReleaseActivated'],
  ReleaseActivated: ['ReleaseProposed'],
  ReleaseRefused: ['ReleaseProposed'],
};

export const lifeOfARelease: TransitionRule = (before, next) =>
  NEXT[before?.type ?? 'none'].includes(next.type) ? null : `${before?.type ?? 'nothing'} -> ${next.type}`;

/**
 * A made-up run of the platform in which nothing is wrong although much happens: unknown outcomes, refused sends, aborted transactions,
 * repeats by the relay, commands sent twice, records that do not decode, trimmed partitions. The same seed gives the same history.
 */
export function generateHistory(seed: number): Draft {
  const chance = new Chance(seededRandom(seed));
  const recorder = new OperationRecorder();
  const lane = dataPlane(chance, recorder);
  const control = controlPlane(chance, recorder);
  return {
    operations: [...recorder.operations],
    logs: [...lane.logs, ...control.logs],
    lanes: [lane.topics],
    consumers: control.consumers,
    outboxes: control.outboxes,
    versioned: [RELEASES],
    transitions: { [RELEASES]: lifeOfARelease },
    artifacts: new Map(lane.digests.map((digest) => [digest, digest])),
    windows: windowsOf(lane.logs),
    tables: ['models', 'releases'].map((table) => ({ service: 'registry', table, stored: table, rebuilt: table })),
    ledger: vouching([...lane.logs, ...control.logs]),
    activations: activationsOf(lane.digests),
  };
}

export class Chance {
  constructor(readonly random: () => number) {}
  in(share: number): boolean {
    return this.random() < share;
  }
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }
  of<T>(list: readonly T[]): T {
    if (list.length === 0) throw new Error('The history holds nothing to choose from.');
    return list[this.below(list.length)];
  }
}

function dataPlane(chance: Chance, recorder: OperationRecorder) {
  const partitions = 2 + chance.below(3);
  const make = (topic: string) => Array.from({ length: partitions }, (_, partition) => new LogDraft(topic, partition));
  const [requests, responses, deadLetters] = [make(REQUESTS), make(RESPONSES), make(DEAD_LETTERS)];
  for (let n = 0; n < 30 * partitions; n++) sendRequest(chance, recorder, requests[chance.below(partitions)], n);
  const committed = new Map<number, number>();
  let revision = 0;
  let highest = 0;
  for (const { log } of requests) {
    let next = 0;
    revision = 1 + chance.below(3);
    while (next < log.committed.length) {
      const batch = log.committed.slice(next, next + 1 + chance.below(8));
      const outputs = { responses: responses[log.partition], deadLetters: deadLetters[log.partition] };
      if (chance.in(0.2)) answer(batch, outputs, revision, 'aborted', 'first try');
      if (chance.in(0.3)) revision += 1;
      answer(batch, outputs, revision, 'committed', 'done');
      next += batch.length;
    }
    committed.set(log.partition, log.end);
    highest = Math.max(highest, revision);
    if (chance.in(0.3)) trim(log, log.committed[chance.below(5)].offset);
  }
  return {
    logs: [...requests, ...responses, ...deadLetters].map((draft) => draft.log),
    topics: {
      requests: REQUESTS,
      responses: RESPONSES,
      deadLetters: DEAD_LETTERS,
      committed,
      releases: new Map(revisions(highest).map((revision) => [revision, [digestOf(revision)]])),
    },
    digests: revisions(highest).map(digestOf),
  };
}

const revisions = (highest: number) => Array.from({ length: highest }, (_, index) => index + 1);

/** What a ledger would vouch for that has read everything. */
const vouching = (logs: readonly DraftLog[]) => ({
  findings: [],
  topics: [...new Set(logs.map(({ topic }) => topic))],
  covered: new Map(logs.map(({ topic, partition, end }) => [`${topic}/${partition}`, end])),
});

/** Each model goes live after two people allowed it; then the first comes back, and then nothing is live. */
function activationsOf(digests: readonly string[]): DraftActivation[] {
  const live = (digest: string | null, granted: boolean, index: number): DraftActivation => ({
    topic: 'routes.v1',
    partition: 0,
    offset: index,
    endpoint: 'flights',
    revision: index + 1,
    digest,
    grant: granted ? { digest: digest!, approvers: ['bea', 'cyd'], approvals: 2, excluded: ['ann'] } : null,
  });
  const forward = digests.map((digest, index) => live(digest, true, index));
  return [...forward, live(digests[0]!, false, forward.length), live(null, false, forward.length + 1)];
}

/** What monitoring would say, had it read all responses; of what was trimmed later as well. */
export function windowsOf(logs: readonly DraftLog[]): DraftWindow[] {
  const answered = logs.filter(({ topic }) => topic === RESPONSES);
  const readUpTo = new Map(answered.map(({ partition, end }) => [partition, end]));
  const windows = new Map<string, DraftWindow>();
  for (const { served = '', status = '', at } of answered.flatMap(({ committed }) => committed)) {
    const start = Math.floor(at!.ms / WINDOW_MS) * WINDOW_MS;
    const { line } = at!;
    const key = `${line}/${served}/${start}`;
    const window = windows.get(key) ?? {
      topic: WINDOWS,
      partition: 0,
      offset: windows.size,
      responses: RESPONSES,
      served,
      line,
      start,
      end: start + WINDOW_MS,
      statuses: {},
      readUpTo,
    };
    window.statuses[status] = (window.statuses[status] ?? 0) + 1;
    windows.set(key, window);
  }
  return [...windows.values()];
}

function sendRequest(chance: Chance, recorder: OperationRecorder, to: LogDraft, n: number): void {
  // Every twentieth label is used twice, which the producer may do: two requests, two responses.
  const recordId = `request-${n % 20 === 19 ? n - 1 : n}`;
  const what = {
    process: `producer-${chance.below(3)}`,
    topic: REQUESTS,
    recordId,
    digest: `bytes of ${recordId}/${n}`,
  };
  const record = {
    id: recordId,
    key: `k${chance.below(10)}`,
    digest: what.digest,
    type: chance.in(0.06) ? UNREADABLE : 'Request',
    // Some requests have no event time: they are counted by the time of sending.
    at: { line: n % 5 === 0 ? 'SENT' : 'EVENT', ms: n * 1_000 },
  };
  const operation = recorder.invoke(what);
  const fate = chance.random();
  if (fate < 0.05) {
    to.append(record, 'aborted');
    to.marker();
    operation.fail();
  } else if (fate < 0.08 || n === 7) operation.fail();
  else if (fate < 0.14) {
    if (chance.in(0.5)) to.append(record);
    if (chance.in(0.5)) operation.info();
  } else operation.ok(to.append(record));
}

function answer(
  batch: readonly DraftRecord[],
  to: { responses: LogDraft; deadLetters: LogDraft },
  revision: number,
  fate: 'committed' | 'aborted',
  attempt: string,
): void {
  for (const request of batch) {
    const source = { topic: request.topic, partition: request.partition, offset: request.offset };
    const output = {
      id: request.id,
      key: request.key,
      digest: `${attempt} of ${request.partition}/${request.offset}`,
      source,
      at: request.at,
    };
    if (request.type === UNREADABLE) to.deadLetters.append({ ...output, type: 'DeadLetter' }, fate);
    else {
      const answered = request.offset % 7 !== 0;
      const decided = answered ? { status: 'PREDICTED', model: digestOf(revision) } : { status: 'REJECTED' };
      to.responses.append({ ...output, ...decided, type: 'Response', revision, served: servedBy(revision) }, fate);
    }
  }
  for (const log of [to.responses, to.deadLetters]) log.marker();
}

function trim(log: LogDraft['log'], start: number): void {
  log.start = start;
  log.committed = log.committed.filter((record) => record.offset >= start);
  log.aborted = log.aborted.filter((record) => record.offset >= start);
}

function controlPlane(chance: Chance, recorder: OperationRecorder) {
  const [commands, releases, buried] = [COMMANDS, RELEASES, BURIED].map((topic) => new LogDraft(topic, 0));
  for (let n = 0; n < 40; n++) sendCommand(chance, recorder, commands, n);
  const registry = {
    inbox: [] as string[],
    rows: [] as DraftOutboxRow[],
    waiting: [] as (() => void)[],
  };
  const lives = new Map<string, { version: number; type: string }>();
  const seen = new Set<string>();
  const queue = (row: { eventId: string; topic: string; key: string | null; digest: string }, publish: () => void) => {
    registry.rows.push({ ...row, id: registry.rows.length + 1, published: true });
    registry.waiting.push(publish);
  };
  for (const command of commands.log.committed) {
    if (seen.has(command.id)) continue;
    seen.add(command.id);
    const source = { topic: command.topic, partition: command.partition, offset: command.offset };
    if (command.type === UNREADABLE) {
      const letter = {
        id: `dead-${command.id}`,
        key: command.key,
        type: 'DeadLetter',
        digest: `dead ${command.id}`,
        source,
      };
      queue({ eventId: letter.id, topic: BURIED, key: letter.key, digest: letter.digest }, () => buried.append(letter));
      continue;
    }
    registry.inbox.push(command.id);
    const key = command.key ?? '';
    for (let facts = 1 + chance.below(2); facts > 0; facts--) {
      const life = lives.get(key) ?? { version: 0, type: 'none' };
      const [version, type] = [life.version + 1, chance.of(NEXT[life.type])];
      lives.set(key, { version, type });
      const fact = {
        id: `fact-${key}-${version}`,
        key,
        type,
        version,
        digest: `${type} ${key} ${version}`,
        cause: command.id,
      };
      queue({ eventId: fact.id, topic: RELEASES, key, digest: fact.digest }, () => releases.append(fact));
    }
  }
  relay(chance, registry.waiting);
  return {
    logs: [commands, releases, buried].map((draft) => draft.log),
    outboxes: [{ service: 'registry', rows: registry.rows }],
    consumers: [consumer('registry', commands, registry.inbox, null, BURIED), ...readersOf(releases)],
  };
}

function sendCommand(chance: Chance, recorder: OperationRecorder, to: LogDraft, n: number): void {
  const what = { process: 'gateway', topic: COMMANDS, recordId: `command-${n}`, digest: `bytes of command ${n}` };
  const record = {
    id: what.recordId,
    key: `endpoint-${chance.below(6)}`,
    digest: what.digest,
    type: chance.in(0.1) ? UNREADABLE : 'ProposeRelease',
  };
  if (n % 9 === 4) {
    // The gateway got no answer, and sent the command again.
    to.append(record);
    recorder.invoke(what).info();
  }
  if (n % 11 === 5) {
    to.append({ ...record, id: `aborted-${n}` }, 'aborted');
    to.marker();
  }
  recorder.invoke(what).ok(to.append(record));
}

/** Publishes in order; now and then it dies before it has marked a batch, and its successor publishes the batch again. */
function relay(chance: Chance, waiting: readonly (() => void)[]): void {
  for (let next = 0; next < waiting.length; ) {
    const batch = waiting.slice(next, next + 1 + chance.below(6));
    for (const publish of batch) publish();
    if (next === 0 || chance.in(0.2)) for (const publish of batch) publish();
    next += batch.length;
  }
}

function readersOf(releases: LogDraft) {
  const listens = ['ReleaseActivated', 'ReleaseRefused'];
  const records = releases.log.committed;
  const first = [...new Map(records.toReversed().map((record) => [record.id, record])).values()];
  const applied = first.filter((record) => listens.includes(record.type)).map((record) => record.id);
  const inference = consumer('inference', releases, applied, listens, null);
  const gateway = consumer('gateway', releases, null, null, null);
  const counters = { applied: first.length, deduplicated: records.length - first.length, deadLettered: 0, skipped: 0 };
  return [inference, { ...gateway, counters }];
}

function consumer(
  name: string,
  from: LogDraft,
  inbox: string[] | null,
  listens: string[] | null,
  deadLetters: string | null,
) {
  const { topic, partition, end } = from.log;
  return { consumer: name, topic, partition, position: end, listens, inbox, deadLetters };
}
