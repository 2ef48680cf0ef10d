import { TransientError } from '@millrace/contracts';
import type { DataSource } from 'typeorm';
import { UnitOfWork } from '../unit-of-work';
import { digestOf, qualified } from './compare-tables';
import type { RecordedTable } from './recorded-moment';
import { scratchSchemaOf } from './scratch-schema';

/**
 * Puts the rebuilt rows into the service's own tables, in one transaction. Call it only while no process of the service runs.
 *
 * @throws TransientError TABLES_MOVED_ON when a table is not any more what was compared: rebuild again.
 */
export async function swapTables(live: DataSource, schema: string, tables: readonly RecordedTable[]): Promise<void> {
  await new UnitOfWork(live).run(async (manager) => {
    for (const { name, key, hash } of tables) {
      const own = qualified(schema, name);
      await manager.query(`LOCK TABLE ${own} IN EXCLUSIVE MODE`);
      if ((await digestOf(manager, own, key)).hash !== hash) throw movedOn(name);
      await manager.query(`DELETE FROM ${own}`);
      await manager.query(`INSERT INTO ${own} SELECT * FROM ${qualified(scratchSchemaOf(schema), name)}`);
    }
  });
}

function movedOn(table: string): TransientError {
  return new TransientError({
    code: 'TABLES_MOVED_ON',
    message: `Table "${table}" was written while it was rebuilt, so nothing was swapped: stop what writes it and rebuild again.`,
    context: { table },
  });
}
