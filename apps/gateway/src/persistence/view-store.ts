import type { Received } from '@millrace/messaging';
import { UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';
import type { Projection, ViewBody, ViewKind } from '../views/view';

/** Told inside the transaction, so that it is heard only when the view shows it; the payload is the command's id. */
export const COMMAND_ANSWERED = 'gateway_command_answered';

interface Row {
  readonly kind: ViewKind;
  readonly id: string;
  version: number;
  created: number;
  body: ViewBody;
}

/** The views as rows. Written only in fold mode. */
@Injectable()
export class ViewStore {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /** Applies facts in order, inside the current unit of work. */
  async apply(batch: readonly Received<unknown>[], projections: readonly Projection[]): Promise<void> {
    const steps = batch.flatMap((event) =>
      projections.flatMap((projection) => {
        const id = projection.idOf(event);
        return id === null ? [] : [{ event, projection, id }];
      }),
    );
    if (steps.length === 0) return;
    await this.takeTurn();
    const rows = await this.load(steps.map(({ projection, id }) => ({ kind: projection.kind, id })));
    const changed = new Set<Row>();
    for (const { event, projection, id } of steps) {
      const row = rows.get(keyOf(projection.kind, id));
      const version = projection.versionOf(event);
      if (row && version !== null && version <= row.version) continue;
      const body = projection.apply(row?.body ?? null, event);
      const next = row ?? { kind: projection.kind, id, version: 0, created: event.timestamp, body };
      next.body = body;
      // Facts of several topics make one row, and come in any order: the oldest of them is its beginning.
      next.created = Math.min(next.created, event.timestamp);
      next.version = version ?? next.version;
      rows.set(keyOf(projection.kind, id), next);
      changed.add(next);
    }
    await this.save([...changed]);
  }

  /** Bodies of a kind, oldest first. */
  async list(kind: ViewKind): Promise<ViewBody[]> {
    const rows: { body: ViewBody }[] = await this.unitOfWork.run((manager) =>
      manager.query('SELECT body FROM views WHERE kind = $1 ORDER BY created, id', [kind]),
    );
    return rows.map((row) => row.body);
  }

  async find(kind: ViewKind, id: string): Promise<ViewBody | null> {
    if (!isText(id)) return null;
    const [row]: { body: ViewBody }[] = await this.unitOfWork.run((manager) =>
      manager.query('SELECT body FROM views WHERE kind = $1 AND id = $2', [kind, id]),
    );
    return row?.body ?? null;
  }

  async ids(kind: ViewKind): Promise<string[]> {
    const rows: { id: string }[] = await this.unitOfWork.run((manager) =>
      manager.query('SELECT id FROM views WHERE kind = $1 ORDER BY created, id LIMIT 100', [kind]),
    );
    return rows.map((row) => row.id);
  }

  /**
   * Facts of several topics change one row (a run and its progress), and their batches run side by side: one that reads a
   * row while another is about to write it would undo that. Locking the row would not do, it may not be there yet.
   */
  private async takeTurn(): Promise<void> {
    await this.unitOfWork.manager.query(
      `SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.views', 0))`,
    );
  }

  private async load(keys: readonly { kind: ViewKind; id: string }[]): Promise<Map<string, Row>> {
    const wanted = [...new Map(keys.map((key) => [keyOf(key.kind, key.id), key])).values()];
    const rows: { kind: ViewKind; id: string; version: string; created: string; body: ViewBody }[] =
      await this.unitOfWork.manager.query(
        `SELECT kind, id, version, created, body FROM views JOIN unnest($1::text[], $2::text[]) AS wanted(kind, id) USING (kind, id)`,
        [wanted.map((key) => key.kind), wanted.map((key) => key.id)],
      );
    return new Map(
      rows.map((row) => [
        keyOf(row.kind, row.id),
        { ...row, version: Number(row.version), created: Number(row.created) },
      ]),
    );
  }

  private async save(rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return;
    const { manager } = this.unitOfWork;
    await manager.query(
      `INSERT INTO views (kind, id, version, created, body)
         SELECT kind, id, version, created, body::jsonb
         FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[]) AS new(kind, id, version, created, body)
       ON CONFLICT (kind, id) DO UPDATE SET version = excluded.version, created = excluded.created, body = excluded.body`,
      [
        rows.map((row) => row.kind),
        rows.map((row) => row.id),
        rows.map((row) => row.version),
        rows.map((row) => row.created),
        rows.map((row) => JSON.stringify(row.body)),
      ],
    );
    const answered = rows.filter((row) => row.kind === 'command').map((row) => row.id);
    if (answered.length > 0)
      await manager.query(`SELECT pg_notify('${COMMAND_ANSWERED}', id) FROM unnest($1::text[]) AS answered(id)`, [
        answered,
      ]);
  }
}

/** PostgreSQL refuses NUL in a text, so nothing can have such a name. */
export const isText = (id: string): boolean => !id.includes('\0');

const keyOf = (kind: ViewKind, id: string): string => `${kind}\n${id}`;
