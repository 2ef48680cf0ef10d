import type { CompatibilityLevel, LogRecord } from './log-record';

/** One version of a subject. */
export interface SchemaVersion {
  readonly subject: string;
  readonly version: number;
  /** The same text has the same id under every subject. */
  readonly id: number;
  readonly text: string;
  readonly type: string;
  /** Soft deleted: hidden from lists, still readable by id and with `deleted=true`. */
  readonly deleted: boolean;
}

/** Everything the registry knows, folded from the log. It changes only through `apply`, so the log rebuilds it. */
export class RegistryState {
  private readonly subjects = new Map<string, Map<number, SchemaVersion>>();
  private readonly byId = new Map<number, { text: string; type: string }>();
  private readonly idByText = new Map<string, number>();
  private readonly levels = new Map<string | null, CompatibilityLevel>();
  private highestId = 0;

  /** @param defaultLevel the global compatibility level as long as none is configured. */
  constructor(private readonly defaultLevel: CompatibilityLevel) {}

  apply(record: LogRecord): void {
    switch (record.kind) {
      case 'schema': {
        const { kind: _, ...version } = record;
        this.versionsOf(record.subject).set(record.version, version);
        if (!this.byId.has(record.id)) this.byId.set(record.id, { text: record.text, type: record.type });
        if (record.type === 'AVRO' && !this.idByText.has(record.text)) this.idByText.set(record.text, record.id);
        this.highestId = Math.max(this.highestId, record.id);
        break;
      }
      case 'delete-subject': {
        const versions = this.versionsOf(record.subject);
        for (const [number, version] of versions) {
          if (number <= record.version) versions.set(number, { ...version, deleted: true });
        }
        break;
      }
      case 'config':
        if (record.level === null) this.levels.delete(record.subject);
        else this.levels.set(record.subject, record.level);
        break;
    }
  }

  /** Names of subjects that have a version, sorted. */
  subjectNames(prefix: string, includeDeleted: boolean): string[] {
    return [...this.subjects.keys()]
      .filter((subject) => subject.startsWith(prefix) && this.versions(subject, includeDeleted).length > 0)
      .sort();
  }

  /** Versions of a subject, oldest first. */
  versions(subject: string, includeDeleted: boolean): SchemaVersion[] {
    return [...(this.subjects.get(subject)?.values() ?? [])]
      .filter((version) => includeDeleted || !version.deleted)
      .sort((a, b) => a.version - b.version);
  }

  schema(id: number): { readonly text: string; readonly type: string } | undefined {
    return this.byId.get(id);
  }

  /** Every place where an id is registered, by subject. */
  usesOf(id: number, includeDeleted: boolean): SchemaVersion[] {
    return this.subjectNames('', true).flatMap((subject) =>
      this.versions(subject, includeDeleted).filter((version) => version.id === id),
    );
  }

  /** The id that a text has, or will have. */
  idFor(text: string): number {
    return this.idByText.get(text) ?? this.highestId + 1;
  }

  nextVersion(subject: string): number {
    return Math.max(0, ...(this.subjects.get(subject)?.keys() ?? [])) + 1;
  }

  get schemaCount(): number {
    return this.byId.size;
  }

  get maxId(): number {
    return this.highestId;
  }

  /** Configured level of a subject (null = global); `undefined` = none. */
  configuredLevel(subject: string | null): CompatibilityLevel | undefined {
    return this.levels.get(subject);
  }

  /** The level that applies: the subject's, else the global one, else the default. */
  levelInForce(subject: string | null): CompatibilityLevel {
    return this.levels.get(subject) ?? this.levels.get(null) ?? this.defaultLevel;
  }

  private versionsOf(subject: string): Map<number, SchemaVersion> {
    let versions = this.subjects.get(subject);
    if (!versions) {
      versions = new Map();
      this.subjects.set(subject, versions);
    }
    return versions;
  }
}
