import type { ExpectationSetDefined, ExpectationSetDerived } from '@millrace/contracts';
import { isAboutRecords } from '@millrace/contracts';
import { UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';
import type { ExpectedOfSource } from '../domain/input-checks';

/** What validation expects of sources, folded from `validation.expectations.v1`. */
@Injectable()
export class ExpectationRepository {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /** A set that is not newer than the one known is a repeat. */
  async remember({
    source,
    number,
    set,
    digest,
    expectations,
  }: ExpectationSetDefined | ExpectationSetDerived): Promise<void> {
    await this.unitOfWork.manager.query(
      `INSERT INTO expectation_sets (id, number, fact) VALUES ($1, $2, $3)
       ON CONFLICT (id) DO UPDATE SET number = excluded.number, fact = excluded.fact
         WHERE excluded.number > expectation_sets.number`,
      [source, number, JSON.stringify({ set, digest, rules: expectations.filter(isAboutRecords) })],
    );
  }

  async ofSource(source: string | null): Promise<ExpectedOfSource | null> {
    const rows: { fact: ExpectedOfSource }[] = await this.unitOfWork.manager.query(
      'SELECT fact FROM expectation_sets WHERE id = $1',
      [source],
    );
    return rows[0]?.fact ?? null;
  }
}
