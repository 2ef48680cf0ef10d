import type { FieldView, SourceRegistered } from '@millrace/contracts';
import { fieldViews } from '@millrace/data';
import { UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';

/** What the records of sources hold, folded from `ingestion.sources.v1`. A source never changes. */
@Injectable()
export class SourceFieldsRepository {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  async remember({ source, schema }: Pick<SourceRegistered, 'source' | 'schema'>): Promise<void> {
    await this.unitOfWork.manager.query(
      'INSERT INTO source_fields (id, schema) VALUES ($1, $2) ON CONFLICT DO NOTHING',
      [source, schema],
    );
  }

  /** Null where the source is not known: its registration was not read yet, or it is the labelled examples of an endpoint. */
  async ofSource(source: string): Promise<ReadonlyMap<string, FieldView> | null> {
    const rows: { schema: string }[] = await this.unitOfWork.manager.query(
      'SELECT schema FROM source_fields WHERE id = $1',
      [source],
    );
    return rows[0] ? fieldViews(rows[0].schema) : null;
  }
}
