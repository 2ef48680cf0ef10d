import { UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';

/** Which labelled examples were taken last, so that one that is published twice counts once. */
@Injectable()
export class QualityRepository {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  async recent(family: string): Promise<string[]> {
    const rows: { places: string }[] = await this.unitOfWork.manager.query(
      'SELECT places FROM quality_recent WHERE family = $1',
      [family],
    );
    return rows[0] ? JSON.parse(rows[0].places) : [];
  }

  async remember(family: string, places: readonly string[]): Promise<void> {
    await this.unitOfWork.manager.query(
      'INSERT INTO quality_recent (family, places) VALUES ($1, $2) ON CONFLICT (family) DO UPDATE SET places = excluded.places',
      [family, JSON.stringify(places)],
    );
  }
}
