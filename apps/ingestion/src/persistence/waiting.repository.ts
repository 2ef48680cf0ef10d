import { createHash } from 'node:crypto';
import { UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';
import type { Answered, GroundTruth, JoinState } from '../domain/join-outcomes';

/** A response with the bytes that the labelled example is made of. */
export interface AnsweredRecord extends Answered {
  /** Key of the request's record. */
  readonly key: Buffer | null;
  readonly request: Buffer;
  readonly response: Buffer;
}

export type WaitingState = JoinState<AnsweredRecord>;

interface Row {
  readonly request_id: string;
  readonly answered: Answered | null;
  readonly request_key: Buffer | null;
  readonly request: Buffer | null;
  readonly response: Buffer | null;
  readonly truth: GroundTruth | null;
}

/** The waiting list of outcomes and responses. `family` is one major of an endpoint: `flights-late.v1`. */
@Injectable()
export class WaitingRepository {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /** Batches of one family are folded one after the other: the halves of a pair come on different topics. */
  async lockFamily(family: string): Promise<void> {
    await this.unitOfWork.manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`join ${family}`]);
  }

  async load(family: string, requestIds: readonly string[]): Promise<Map<string, WaitingState>> {
    const wanted = new Map(requestIds.map((id) => [keyOf(id), id]));
    const rows: Row[] = await this.unitOfWork.manager.query(
      'SELECT request_id, answered, request_key, request, response, truth FROM join_waiting WHERE family = $1 AND request_id = ANY($2)',
      [family, [...wanted.keys()]],
    );
    return new Map(rows.map((row) => [wanted.get(row.request_id)!, stateOf(row)]));
  }

  /** @param touchedAt newest Kafka timestamp of the batch, by which rows grow old. */
  async save(family: string, states: ReadonlyMap<string, WaitingState>, touchedAt: number): Promise<void> {
    if (states.size === 0) return;
    const ids = [...states.keys()].map(keyOf);
    const of = <T>(pick: (state: WaitingState) => T) => [...states.values()].map(pick);
    await this.unitOfWork.manager.query(
      `INSERT INTO join_waiting (family, request_id, touched_at, answered, request_key, request, response, truth)
       SELECT $1, id, $2, answered, request_key, request, response, truth
       FROM unnest($3::text[], $4::jsonb[], $5::bytea[], $6::bytea[], $7::bytea[], $8::jsonb[])
         AS given (id, answered, request_key, request, response, truth)
       ON CONFLICT (family, request_id) DO UPDATE SET touched_at = excluded.touched_at, answered = excluded.answered,
         request_key = excluded.request_key, request = excluded.request, response = excluded.response, truth = excluded.truth`,
      [
        family,
        touchedAt,
        ids,
        of(({ answered }) => (answered ? JSON.stringify(placeOf(answered)) : null)),
        of(({ answered }) => answered?.key ?? null),
        of(({ answered }) => answered?.request ?? null),
        of(({ answered }) => answered?.response ?? null),
        of(({ truth }) => (truth ? JSON.stringify(truth) : null)),
      ],
    );
  }

  /** Forgets what nobody has touched since. @returns responses that never got an outcome, and outcomes without a response */
  async forget(family: string, untouchedSince: number): Promise<{ unlabelled: number; unmatched: number }> {
    const [rows]: [{ answered: boolean; labelled: boolean }[]] = await this.unitOfWork.manager.query(
      `DELETE FROM join_waiting WHERE family = $1 AND touched_at < $2
       RETURNING answered IS NOT NULL AS answered, truth IS NOT NULL AS labelled`,
      [family, untouchedSince],
    );
    return {
      unlabelled: rows.filter(({ answered, labelled }) => answered && !labelled).length,
      unmatched: rows.filter(({ answered }) => !answered).length,
    };
  }
}

/** An index of PostgreSQL takes some 2,700 bytes, and a producer may send any request id: longer ones are known by their digest. */
const KEY_BYTES = 500;

const keyOf = (requestId: string): string =>
  Buffer.byteLength(requestId) <= KEY_BYTES
    ? requestId
    : `sha256:${createHash('sha256').update(requestId).digest('hex')}`;

function stateOf({ answered, request_key: key, request, response, truth }: Row): WaitingState {
  return { answered: answered && { ...answered, key, request: request!, response: response! }, truth };
}

const placeOf = ({ partition, requestOffset, responseOffset, at }: Answered): Answered => ({
  partition,
  requestOffset,
  responseOffset,
  at,
});
