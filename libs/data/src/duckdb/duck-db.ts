import type { DuckDBAppender, DuckDBConnection, DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api';

import { literal } from './sql-text';

type DuckDbApi = typeof import('@duckdb/node-api');

export interface DuckDbOptions {
  /** Database file; in memory by default. */
  path?: string;
  /** Most memory of DuckDB's buffers, MiB; 256 by default. What does not fit goes to `tempFolder`. */
  memoryMb?: number;
  tempFolder?: string;
}

/**
 * One DuckDB database with one connection and one thread.
 *
 * One thread, because the order of rows and the bytes of written files must be functions of the input alone. Extensions
 * are never fetched, and text without an offset is UTC, whatever the machine's zone is.
 * DuckDB is loaded at the first `open`: a process that merely imports this library does not pay for it.
 */
export class DuckDb {
  private constructor(
    /** The package, for types and data chunks; its only importer is this folder. */
    readonly api: DuckDbApi,
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
  ) {}

  static async open(options: DuckDbOptions = {}): Promise<DuckDb> {
    const api = await import('@duckdb/node-api');
    const instance = await api.DuckDBInstance.create(options.path ?? ':memory:', {
      threads: '1',
      memory_limit: `${options.memoryMb ?? 256}MiB`,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      ...(options.tempFolder === undefined ? {} : { temp_directory: options.tempFolder }),
    });
    const connection = await instance.connect();
    const duckDb = new DuckDb(api, instance, connection);
    await duckDb.execute("SET TimeZone = 'UTC'");
    return duckDb;
  }

  /** From now on SQL may touch these files and this folder and nothing else of the machine; it cannot be lifted again. */
  async confine(files: readonly string[], folder: string): Promise<void> {
    const list = (paths: readonly string[]) => `[${paths.map(literal).join(', ')}]`;
    await this.execute(`SET allowed_paths = ${list(files)}`);
    await this.execute(`SET allowed_directories = ${list([folder])}`);
    await this.execute('SET enable_external_access = false');
    await this.execute('SET lock_configuration = true');
  }

  async execute(sql: string): Promise<void> {
    await this.connection.run(sql);
  }

  /** All rows of a small result. Cast 64-bit integers to DOUBLE in the query to get numbers. */
  async rows<T>(sql: string): Promise<T[]> {
    const reader = await this.connection.runAndReadAll(sql);
    return reader.getRowObjectsJS() as T[];
  }

  /** The first row of a small result that always has one. */
  async row<T>(sql: string): Promise<T> {
    return (await this.rows<T>(sql))[0] as T;
  }

  /** Chunks of at most 2,048 rows, in the order of the query, read as they are asked for. */
  async *stream(sql: string): AsyncGenerator<DuckDBDataChunk> {
    const result = await this.connection.stream(sql);
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      yield chunk;
    }
  }

  appender(table: string): Promise<DuckDBAppender> {
    return this.connection.createAppender(table);
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}
