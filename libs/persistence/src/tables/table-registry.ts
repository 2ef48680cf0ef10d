import { AppError, type TableKind } from '@millrace/contracts';

export interface TableDeclaration {
  readonly name: string;
  readonly kind: TableKind;
}

const declared = new Map<string, TableDeclaration>();

/** Declares a table of this process. Twice the same is fine, twice a different kind is an error. */
export function declareTable(table: TableDeclaration): TableDeclaration {
  const before = declared.get(table.name);
  if (before && before.kind !== table.kind) {
    throw new AppError({
      code: 'TABLE_DECLARED_TWICE',
      message: `Table "${table.name}" is declared as ${before.kind} and as ${table.kind}. Decide which it is.`,
      retriable: false,
    });
  }
  declared.set(table.name, table);
  return table;
}

/** All declared tables, by name. */
export function declaredTables(): TableDeclaration[] {
  return [...declared.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Tables that stand in the service's schema but were never declared; a service's spec expects none. */
export async function undeclaredTables(database: {
  query(sql: string): Promise<{ tablename: string }[]>;
}): Promise<string[]> {
  const rows = await database.query(
    "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename <> 'schema_migrations' ORDER BY tablename",
  );
  return rows.map((row) => row.tablename).filter((name) => !declared.has(name));
}
