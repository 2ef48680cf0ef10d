import { UNREADABLE } from '../history';
import type { InvariantId } from '../violation';
import type { Draft, DraftLog, DraftRecord } from './draft';
import {
  BURIED,
  type Chance,
  COMMANDS,
  DEAD_LETTERS,
  RELEASES,
  REQUESTS,
  RESPONSES,
  windowsOf,
} from './generate-history';

export interface PlantedFault {
  readonly name: string;
  /** What the checker must say; nothing more and nothing less. */
  readonly breaks: readonly InvariantId[];
  readonly plant: (draft: Draft, chance: Chance) => void;
}

const logsOf = (draft: Draft, topic: string) => draft.logs.filter((log) => log.topic === topic);
const recordsOf = (draft: Draft, topic: string) => logsOf(draft, topic).flatMap((log) => log.committed);
const logOf = (draft: Draft, { topic, partition }: { topic: string; partition: number }): DraftLog => {
  const log = draft.logs.find((one) => one.topic === topic && one.partition === partition);
  if (!log) throw new Error(`No log of ${topic}/${partition}`);
  return log;
};
const remove = (draft: Draft, record: DraftRecord) => {
  const log = logOf(draft, record);
  log.committed = log.committed.filter((one) => one !== record);
};
const append = (draft: Draft, record: DraftRecord, fate: 'committed' | 'aborted' = 'committed') => {
  const log = logOf(draft, record);
  const appended = { ...record, offset: offsetAfter(draft, log) };
  log[fate].push(appended);
  return appended;
};
/** The ledger sees what comes. */
const offsetAfter = (draft: Draft, log: DraftLog): number => {
  const offset = log.end++;
  draft.ledger?.covered.set(`${log.topic}/${log.partition}`, log.end);
  return offset;
};
/** Consumers and lanes had read everything before, and read what is appended as well. */
const readToTheEnd = (draft: Draft) => {
  for (const consumer of draft.consumers) consumer.position = logOf(draft, consumer).end;
  for (const lane of draft.lanes)
    for (const log of logsOf(draft, lane.requests)) lane.committed.set(log.partition, log.end);
};
const consumerOf = (draft: Draft, name: string) => {
  const found = draft.consumers.find((consumer) => consumer.consumer === name);
  if (!found) throw new Error(`No consumer ${name}`);
  return found;
};
const standing = (record: DraftRecord) => ({ topic: record.topic, partition: record.partition, offset: record.offset });
const sameSource = (a: DraftRecord, b: DraftRecord) =>
  a.source?.partition === b.partition && a.source?.offset === b.offset;
/** Responses whose request is still on the log, so that the request proves something about them. */
const provable = (draft: Draft) =>
  recordsOf(draft, RESPONSES).filter((response) =>
    recordsOf(draft, REQUESTS).some((request) => sameSource(response, request)),
  );
const swap = (draft: Draft, a: DraftRecord, b: DraftRecord) => {
  const log = logOf(draft, a);
  [a.offset, b.offset] = [b.offset, a.offset];
  log.committed.sort((one, other) => one.offset - other.offset);
};
const acknowledged = (draft: Draft, topic: string) => {
  const operations = draft.operations.filter((one) => one.topic === topic && one.outcome === 'ok' && one.position);
  return operations.flatMap((operation) => {
    const record = recordsOf(draft, topic).find(
      (one) => one.partition === operation.position?.partition && one.offset === operation.position.offset,
    );
    return record ? [{ operation, record }] : [];
  });
};

const grantedOf = (draft: Draft, chance: Chance) => chance.of((draft.activations ?? []).filter(({ grant }) => grant));

/** Monitoring has read the log as it is now. */
const countWindows = (draft: Draft) => {
  draft.windows = windowsOf(draft.logs);
};

/** A window in which the log leaves nothing open. */
const sureWindow = (draft: Draft, chance: Chance) => {
  const kept = new Set(provable(draft).map(standingName));
  const served = (response: DraftRecord) => `${response.served}`;
  const open = new Set(
    recordsOf(draft, RESPONSES)
      .filter((one) => !kept.has(standingName(one)))
      .map(served),
  );
  return chance.of((draft.windows ?? []).filter((window) => !open.has(`${window.served}`)));
};
const spoilWindow = (draft: Draft, chance: Chance, by: number) => {
  const { statuses } = sureWindow(draft, chance);
  const status = chance.of(Object.keys(statuses));
  statuses[status] = statuses[status]! + by;
};
const standingName = ({ partition, offset }: DraftRecord) => `${partition}/${offset}`;

export const PLANTED_FAULTS: readonly PlantedFault[] = [
  {
    name: 'a response is dropped',
    breaks: ['I01'],
    plant: (draft, chance) => {
      remove(draft, chance.of(provable(draft)));
      countWindows(draft);
    },
  },
  {
    name: 'a request is answered twice, differently',
    breaks: ['I01'],
    plant: (draft, chance) => {
      const last = chance.of(logsOf(draft, RESPONSES)).committed.at(-1);
      if (last) append(draft, { ...last, digest: 'another answer' });
    },
  },
  {
    name: 'a response is there twice, byte for byte',
    breaks: ['I02'],
    plant: (draft, chance) => {
      const last = chance.of(logsOf(draft, RESPONSES)).committed.at(-1);
      if (last) append(draft, last);
    },
  },
  {
    name: 'a response without a request',
    breaks: ['I01'],
    plant: (draft, chance) => {
      const log = chance.of(logsOf(draft, RESPONSES));
      const request = logOf(draft, { topic: REQUESTS, partition: log.partition });
      const last = log.committed[log.committed.length - 1];
      append(draft, { ...last, source: { ...standing(last), topic: REQUESTS, offset: request.end + 5 } });
    },
  },
  {
    name: 'a readable request gets a dead letter besides its response',
    breaks: ['I01'],
    plant: (draft, chance) => {
      const log = chance.of(logsOf(draft, REQUESTS));
      const request = log.committed.findLast((record) => record.type !== UNREADABLE) ?? log.committed[0];
      const letters = logOf(draft, { topic: DEAD_LETTERS, partition: log.partition });
      letters.committed = letters.committed.filter((letter) => (letter.source?.offset ?? 0) < request.offset);
      const later = log.committed.filter((record) => record.type === UNREADABLE && record.offset > request.offset);
      for (const record of [request, ...later]) {
        append(draft, {
          ...record,
          topic: DEAD_LETTERS,
          type: 'DeadLetter',
          digest: `late ${record.offset}`,
          source: standing(record),
        });
      }
    },
  },
  {
    name: 'an unreadable record is answered instead of buried',
    breaks: ['I01'],
    plant: (draft, chance) => {
      const letter = chance.of(
        recordsOf(draft, DEAD_LETTERS).filter((one) =>
          recordsOf(draft, REQUESTS).some((request) => sameSource(one, request)),
        ),
      );
      remove(draft, letter);
      const log = logOf(draft, { topic: RESPONSES, partition: letter.partition });
      const before = log.committed.findLastIndex((one) => (one.source?.offset ?? 0) < (letter.source?.offset ?? 0));
      const revision = log.committed[Math.max(before, 0)].revision;
      log.committed.splice(before + 1, 0, {
        ...letter,
        topic: RESPONSES,
        offset: offsetAfter(draft, log),
        type: 'Response',
        revision,
      });
    },
  },
  {
    name: 'a dead letter is written twice',
    breaks: ['I01'],
    plant: (draft, chance) => {
      const log = chance.of(
        logsOf(draft, DEAD_LETTERS).filter(
          (one) =>
            one.committed.length > 0 &&
            recordsOf(draft, REQUESTS).some((request) => sameSource(one.committed[one.committed.length - 1], request)),
        ),
      );
      append(draft, { ...log.committed[log.committed.length - 1], digest: 'written at another time' });
    },
  },
  {
    name: 'a dead letter is dropped',
    breaks: ['I01'],
    plant: (draft, chance) =>
      remove(
        draft,
        chance.of(
          recordsOf(draft, DEAD_LETTERS).filter((one) =>
            recordsOf(draft, REQUESTS).some((request) => sameSource(one, request)),
          ),
        ),
      ),
  },
  {
    name: 'an acknowledged request vanishes with its response',
    breaks: ['I03'],
    plant: (draft, chance) => {
      const { record } = chance.of(acknowledged(draft, REQUESTS));
      remove(draft, record);
      for (const output of [...recordsOf(draft, RESPONSES), ...recordsOf(draft, DEAD_LETTERS)]) {
        if (sameSource(output, record)) remove(draft, output);
      }
      countWindows(draft);
    },
  },
  {
    name: 'the tail of an acknowledged topic is cut',
    breaks: ['I03'],
    plant: (draft) => {
      const log = logOf(draft, { topic: COMMANDS, partition: 0 });
      const cut = log.committed.splice(-3);
      const registry = consumerOf(draft, 'registry');
      log.end = cut[0].offset;
      registry.position = log.end;
      const gone = new Set(
        cut.map((record) => record.id).filter((id) => !log.committed.some((record) => record.id === id)),
      );
      registry.inbox = registry.inbox?.filter((id) => !gone.has(id)) ?? null;
    },
  },
  {
    name: 'one byte of an acknowledged record is altered',
    breaks: ['I03'],
    plant: (draft, chance) => {
      chance.of(acknowledged(draft, COMMANDS)).record.digest = 'one byte is another';
    },
  },
  {
    name: 'one byte of a published fact is altered',
    breaks: ['I08'],
    plant: (draft, chance) => {
      const { id } = chance.of(recordsOf(draft, RELEASES));
      for (const record of recordsOf(draft, RELEASES)) if (record.id === id) record.digest = 'one byte is another';
    },
  },
  {
    name: 'two facts of one aggregate change places',
    breaks: ['I04'],
    plant: (draft, chance) => {
      const records = recordsOf(draft, RELEASES);
      const once = records.filter((record) => records.filter((one) => one.id === record.id).length === 1);
      const pairs = once.flatMap((one) =>
        once
          .filter((other) => other.key === one.key && other.version === (one.version ?? 0) + 1)
          .map((other) => [one, other] as const),
      );
      const [one, other] = chance.of(pairs);
      swap(draft, one, other);
    },
  },
  {
    name: 'a gap in aggregate versions',
    breaks: ['I04'],
    plant: (draft, chance) => {
      const records = recordsOf(draft, RELEASES);
      const inner = records.filter(
        (one) =>
          (one.version ?? 0) > 1 &&
          records.some((other) => other.key === one.key && (other.version ?? 0) > (one.version ?? 0)),
      );
      const { id } = chance.of(inner);
      for (const record of records) if (record.id === id) remove(draft, record);
      for (const outbox of draft.outboxes) outbox.rows = outbox.rows.filter((row) => row.eventId !== id);
      for (const consumer of draft.consumers) {
        if (consumer.topic !== RELEASES) continue;
        consumer.inbox = consumer.inbox?.filter((one) => one !== id) ?? null;
        const gone = records.filter((record) => record.id === id).length;
        if (consumer.counters) {
          consumer.counters = {
            ...consumer.counters,
            applied: consumer.counters.applied - 1,
            deduplicated: consumer.counters.deduplicated - gone + 1,
          };
        }
      }
      draft.transitions = {};
    },
  },
  {
    name: 'an aggregate version is used by two events',
    breaks: ['I04'],
    plant: (draft, chance) => {
      const last = lastFactOf(draft, chance);
      const id = `${last.id}-again`;
      const extra = append(draft, { ...last, id, digest: 'another fact' });
      draft.outboxes[0].rows.push({
        id: 10_000,
        eventId: id,
        topic: RELEASES,
        key: extra.key,
        digest: extra.digest,
        published: true,
      });
      consumed(draft, extra);
      draft.transitions = {};
    },
  },
  {
    name: 'an illegal transition',
    breaks: ['I04'],
    plant: (draft, chance) => {
      const last = lastFactOf(draft, chance);
      // From no state does a release go straight to itself.
      const id = `${last.id}-next`;
      const extra = append(draft, { ...last, id, version: (last.version ?? 0) + 1, digest: 'wrong turn' });
      draft.outboxes[0].rows.push({
        id: 10_000,
        eventId: id,
        topic: RELEASES,
        key: extra.key,
        digest: extra.digest,
        published: true,
      });
      consumed(draft, extra);
    },
  },
  {
    name: 'two responses change places',
    breaks: ['I04'],
    plant: (draft, chance) => {
      const log = chance.of(logsOf(draft, RESPONSES));
      const level = log.committed.filter((one, n) => log.committed[n + 1]?.revision === one.revision);
      const one = chance.of(level);
      swap(draft, one, log.committed[log.committed.indexOf(one) + 1]);
    },
  },
  {
    name: 'a response stands in another partition',
    breaks: ['I04'],
    plant: (draft, chance) => {
      const [from, to] = logsOf(draft, RESPONSES);
      const moved = chance.of(from.committed);
      remove(draft, moved);
      const last = to.committed[to.committed.length - 1];
      const { revision, model, served } = last;
      append(draft, { ...moved, partition: to.partition, revision, model, served });
      countWindows(draft);
    },
  },
  {
    name: 'a later send was acknowledged at an earlier offset',
    breaks: ['I04'],
    plant: (draft, chance) => {
      const sent = acknowledged(draft, COMMANDS).filter(
        ({ record }) => recordsOf(draft, COMMANDS).filter((one) => one.id === record.id).length === 1,
      );
      const at = chance.below(sent.length - 1);
      const [one, other] = [sent[at], sent[at + 1]];
      swap(draft, one.record, other.record);
      [one.operation.position, other.operation.position] = [standing(one.record), standing(other.record)];
      const letters = recordsOf(draft, BURIED);
      for (const { record } of [one, other]) {
        for (const letter of letters) if (letter.id === `dead-${record.id}`) letter.source = standing(record);
      }
    },
  },
  {
    name: 'rows of one key left the outbox in another order',
    breaks: ['I04'],
    plant: (draft, chance) => {
      const { rows } = draft.outboxes[0];
      const facts = rows.filter((row) => row.topic === RELEASES);
      const pairs = facts.flatMap((one) =>
        facts.filter((other) => other.key === one.key && other.id > one.id).map((other) => [one, other] as const),
      );
      const [one, other] = chance.of(pairs);
      [one.id, other.id] = [other.id, one.id];
    },
  },
  {
    name: 'an aborted fact is delivered',
    breaks: ['I04', 'I05'],
    plant: (draft, chance) => {
      const last = lastFactOf(draft, chance);
      const aborted = append(
        draft,
        { ...last, id: 'ghost', version: (last.version ?? 0) + 2, digest: 'ghost' },
        'aborted',
      );
      logOf(draft, aborted).committed.push(aborted);
      consumed(draft, aborted);
      draft.transitions = {};
    },
  },
  {
    name: 'an aborted request is delivered and answered',
    breaks: ['I05'],
    plant: (draft, chance) => {
      const log = chance.of(logsOf(draft, REQUESTS));
      const aborted = append(draft, { ...log.committed[0], id: 'ghost', type: 'Request', digest: 'ghost' }, 'aborted');
      log.committed.push(aborted);
      answerLast(draft, aborted);
      readToTheEnd(draft);
    },
  },
  {
    name: 'an aborted request is answered',
    breaks: ['I05'],
    plant: (draft, chance) => {
      const log = chance.of(logsOf(draft, REQUESTS));
      answerLast(
        draft,
        append(draft, { ...log.committed[0], id: 'ghost', type: 'Request', digest: 'ghost' }, 'aborted'),
      );
      readToTheEnd(draft);
    },
  },
  {
    name: 'a send that was reported as failed is on the log',
    breaks: ['I05'],
    plant: (draft, chance) => {
      const { recordId, digest } = chance.of(
        draft.operations.filter(
          (one) =>
            one.outcome === 'fail' &&
            !draft.operations.some((other) => other.recordId === one.recordId && other.outcome !== 'fail'),
        ),
      );
      const log = chance.of(logsOf(draft, REQUESTS));
      answerLast(draft, append(draft, { ...log.committed[0], id: recordId, digest, type: 'Request' }));
      readToTheEnd(draft);
    },
  },
  {
    name: 'an aborted command is worked on',
    breaks: ['I05'],
    plant: (draft, chance) => {
      const { id } = chance.of(logOf(draft, { topic: COMMANDS, partition: 0 }).aborted);
      consumerOf(draft, 'registry').inbox?.push(id);
    },
  },
  {
    name: 'an aborted command causes a fact',
    breaks: ['I05'],
    plant: (draft, chance) => {
      const { id } = chance.of(logOf(draft, { topic: COMMANDS, partition: 0 }).aborted);
      chance.of(recordsOf(draft, RELEASES)).cause = id;
    },
  },
  {
    name: 'an event has its effect twice',
    breaks: ['I02'],
    plant: (draft, chance) => {
      const { inbox } = consumerOf(draft, 'registry');
      inbox?.push(chance.of(inbox));
    },
  },
  {
    name: 'one event id, two contents',
    breaks: ['I02', 'I08'],
    plant: (draft, chance) => {
      const records = recordsOf(draft, RELEASES);
      const repeats = records.filter((record, n) => records.findIndex((one) => one.id === record.id) < n);
      chance.of(repeats).digest = 'same id, other words';
    },
  },
  {
    name: 'one send is twice on the log',
    breaks: ['I02'],
    plant: (draft, chance) => {
      const single = acknowledged(draft, REQUESTS).filter(
        ({ operation }) => draft.operations.filter((one) => one.recordId === operation.recordId).length === 1,
      );
      const { record } = chance.of(single);
      const again = append(draft, record);
      if (again.type === UNREADABLE)
        append(draft, { ...again, topic: DEAD_LETTERS, type: 'DeadLetter', digest: 'again', source: standing(again) });
      else answerLast(draft, again);
      readToTheEnd(draft);
    },
  },
  {
    name: 'a consumer skips an event',
    breaks: ['I07'],
    plant: (draft, chance) => {
      const consumer = consumerOf(draft, 'registry');
      const skipped = chance.of(consumer.inbox ?? []);
      consumer.inbox = consumer.inbox?.filter((id) => id !== skipped) ?? null;
    },
  },
  {
    name: 'a consumer stands before the end',
    breaks: ['I07'],
    plant: (draft) => {
      const consumer = consumerOf(draft, 'gateway');
      const last = logOf(draft, consumer).committed.at(-1);
      consumer.position = last?.offset ?? 0;
      if (consumer.counters) consumer.counters = { ...consumer.counters, applied: consumer.counters.applied - 1 };
    },
  },
  {
    name: 'a lane stands before the end',
    breaks: ['I07'],
    plant: (draft, chance) => {
      const log = chance.of(logsOf(draft, REQUESTS));
      draft.lanes[0].committed.set(log.partition, log.committed[log.committed.length - 1].offset);
    },
  },
  {
    name: 'an event is both applied and dead-lettered',
    breaks: ['I07'],
    plant: (draft, chance) => {
      const registry = consumerOf(draft, 'registry');
      const command = chance.of(recordsOf(draft, COMMANDS).filter((one) => registry.inbox?.includes(one.id)));
      append(draft, {
        ...command,
        topic: BURIED,
        id: 'dead-besides',
        type: 'DeadLetter',
        digest: 'besides',
        source: standing(command),
      });
    },
  },
  {
    name: 'two dead letters for one command',
    breaks: ['I07'],
    plant: (draft, chance) => {
      const letter = chance.of(recordsOf(draft, BURIED));
      append(draft, { ...letter, id: `${letter.id}-again`, digest: 'again' });
    },
  },
  {
    name: 'counters do not add up',
    breaks: ['I07'],
    plant: (draft, chance) => {
      const consumer = consumerOf(draft, 'gateway');
      const what = chance.of(['applied', 'deduplicated', 'deadLettered', 'skipped'] as const);
      if (consumer.counters) consumer.counters = { ...consumer.counters, [what]: consumer.counters[what] + 1 };
    },
  },
  {
    name: 'a row is left over in the outbox',
    breaks: ['I08'],
    plant: (draft, chance) => {
      chance.of(draft.outboxes[0].rows).published = false;
    },
  },
  {
    name: 'a row is marked as published and never was',
    breaks: ['I08'],
    plant: (draft) => {
      draft.outboxes[0].rows.push({
        id: 10_000,
        eventId: 'never',
        topic: RELEASES,
        key: 'x',
        digest: 'x',
        published: true,
      });
    },
  },
  {
    name: 'the release revision goes back',
    breaks: ['RELEASE_REVISION_MONOTONIC'],
    plant: (draft, chance) => {
      const response = chance.of(logsOf(draft, RESPONSES).flatMap((log) => log.committed.slice(1)));
      response.revision = 0;
      // No session ran, so no model is named that revision 0 could not have served.
      response.model = undefined;
    },
  },
  {
    name: 'a model answers that its release does not serve',
    breaks: ['I11'],
    plant: (draft, chance) => {
      chance.of(recordsOf(draft, RESPONSES).filter(({ model }) => model !== undefined)).model = 'digest of a stranger';
    },
  },
  {
    name: 'a response names a release that never was',
    breaks: ['I11'],
    plant: (draft, chance) => {
      const last = chance.of(logsOf(draft, RESPONSES)).committed.findLast(({ model }) => model !== undefined)!;
      draft.lanes[0]!.releases?.delete(last.revision!);
    },
  },
  {
    name: 'the bytes of a model were changed in the store',
    breaks: ['I11'],
    plant: (draft, chance) => {
      draft.artifacts?.set(chance.of([...(draft.artifacts?.keys() ?? [])]), 'another digest');
    },
  },
  {
    name: 'the bytes of a model are gone from the store',
    breaks: ['I11'],
    plant: (draft, chance) => {
      draft.artifacts?.set(chance.of([...(draft.artifacts?.keys() ?? [])]), null);
    },
  },
  {
    name: 'a window counts a response twice',
    breaks: ['I14'],
    plant: (draft, chance) => spoilWindow(draft, chance, 1),
  },
  {
    name: 'a window misses a response',
    breaks: ['I14'],
    plant: (draft, chance) => spoilWindow(draft, chance, -1),
  },
  {
    name: 'a window counts a status that no response has',
    breaks: ['I14'],
    plant: (draft, chance) => {
      sureWindow(draft, chance).statuses.MADE_UP = 1;
    },
  },
  {
    name: 'a window forgets a whole status',
    breaks: ['I14'],
    plant: (draft, chance) => {
      const { statuses } = sureWindow(draft, chance);
      delete statuses[chance.of(Object.keys(statuses))];
    },
  },
  {
    name: 'a window counts by another clock',
    breaks: ['I14'],
    plant: (draft, chance) => {
      const window = sureWindow(draft, chance);
      window.line = window.line === 'EVENT' ? 'SENT' : 'EVENT';
    },
  },
  {
    name: 'a table holds what its log does not give',
    breaks: ['I09'],
    plant: (draft, chance) => {
      chance.of(draft.tables ?? []).stored = 'a row that somebody changed by hand';
    },
  },
  {
    name: 'a tree head does not hold',
    breaks: ['I10'],
    plant: (draft) => draft.ledger?.findings.push('head 3: its signature does not fit'),
  },
  {
    name: 'a record stands behind the last tree head',
    breaks: ['I10'],
    plant: (draft, chance) => {
      const { topic, partition, offset } = chance.of(recordsOf(draft, RESPONSES));
      draft.ledger?.covered.set(`${topic}/${partition}`, offset);
    },
  },
  {
    name: 'a release goes live that nobody granted',
    breaks: ['I12'],
    plant: (draft, chance) => {
      grantedOf(draft, chance).grant = null;
    },
  },
  {
    name: 'another model goes live than was granted',
    breaks: ['I12'],
    plant: (draft, chance) => {
      grantedOf(draft, chance).grant!.digest = 'digest of a stranger';
    },
  },
  {
    name: 'one person approves twice',
    breaks: ['I12'],
    plant: (draft, chance) => {
      grantedOf(draft, chance).grant!.approvers = ['bea', 'bea'];
    },
  },
  {
    name: 'the submitter approves',
    breaks: ['I12'],
    plant: (draft, chance) => grantedOf(draft, chance).grant!.approvers.push('ann'),
  },
  {
    name: 'two releases are live at once',
    breaks: ['I12'],
    plant: (draft) => {
      const last = draft.activations!.at(-1)!;
      last.revision -= 1;
    },
  },
  {
    name: 'a roll back to what was never live',
    breaks: ['I12'],
    plant: (draft) => {
      draft.activations!.at(-2)!.digest = 'digest of a stranger';
    },
  },
];

function lastFactOf(draft: Draft, chance: Chance): DraftRecord {
  const records = recordsOf(draft, RELEASES);
  const highest = new Map(records.map((record) => [record.key, record]));
  for (const record of records) {
    if ((record.version ?? 0) > (highest.get(record.key)?.version ?? 0)) highest.set(record.key, record);
  }
  return chance.of([...highest.values()]);
}

/** The readers of the releases treat an added fact as they treat every other. */
function consumed(draft: Draft, fact: DraftRecord): void {
  readToTheEnd(draft);
  for (const consumer of draft.consumers) {
    if (consumer.topic !== RELEASES) continue;
    if (consumer.listens?.includes(fact.type)) consumer.inbox?.push(fact.id);
    if (consumer.counters) consumer.counters = { ...consumer.counters, applied: consumer.counters.applied + 1 };
  }
}

/** Answers a request that stands at the end of its partition. */
function answerLast(draft: Draft, request: DraftRecord): void {
  const log = logOf(draft, { topic: RESPONSES, partition: request.partition });
  const last = log.committed[log.committed.length - 1];
  append(draft, { ...last, id: request.id, digest: `answer to ${request.offset}`, source: standing(request) });
}
