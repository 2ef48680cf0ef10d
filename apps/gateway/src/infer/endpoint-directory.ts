import type { EndpointCreated, EndpointRetired, ReleaseActivated, ReleaseHalted } from '@millrace/contracts';

/** One endpoint as infer and the live page need it. */
export interface DirectoryEntry {
  readonly endpoint: string;
  readonly retired: boolean;
  /** By number of the major. */
  readonly majors: ReadonlyMap<number, EndpointCreated>;
  /** What it serves; null before the first release. */
  readonly live: ReleaseActivated | null;
  /** Revision of the last halt; 0 = never. Higher than that of `live`: it serves nothing now. */
  readonly haltedAt: number;
}

/** Endpoints and what they serve, in memory, from the log's beginning. Facts may come twice and in any order of topics. */
export class EndpointDirectory {
  private readonly entries = new Map<string, DirectoryEntry>();
  private readonly listeners: ((made: EndpointCreated) => void)[] = [];

  /** Called for every major that is there and every one to come. */
  onMajor(listener: (made: EndpointCreated) => void): void {
    this.listeners.push(listener);
    for (const entry of this.entries.values()) for (const made of entry.majors.values()) listener(made);
  }

  created(made: EndpointCreated): void {
    const entry = this.entry(made.endpoint);
    const isNew = !entry.majors.has(made.major);
    this.entries.set(made.endpoint, { ...entry, majors: new Map([...entry.majors, [made.major, made]]) });
    if (isNew) for (const listener of this.listeners) listener(made);
  }

  retired({ endpoint }: Pick<EndpointRetired, 'endpoint'>): void {
    this.entries.set(endpoint, { ...this.entry(endpoint), retired: true });
  }

  activated(live: ReleaseActivated): void {
    const entry = this.entry(live.endpoint);
    if (live.revision <= (entry.live?.revision ?? 0)) return;
    this.entries.set(live.endpoint, { ...entry, live });
  }

  halted({ endpoint, revision }: Pick<ReleaseHalted, 'endpoint' | 'revision'>): void {
    const entry = this.entry(endpoint);
    this.entries.set(endpoint, { ...entry, haltedAt: Math.max(entry.haltedAt, revision) });
  }

  /** Undefined until its creation is known, even when its release is. */
  find(endpoint: string): DirectoryEntry | undefined {
    const entry = this.entries.get(endpoint);
    return entry && entry.majors.size > 0 ? entry : undefined;
  }

  all(): DirectoryEntry[] {
    return [...this.entries.values()].filter((entry) => entry.majors.size > 0);
  }

  private entry(endpoint: string): DirectoryEntry {
    return this.entries.get(endpoint) ?? { endpoint, retired: false, majors: new Map(), live: null, haltedAt: 0 };
  }
}

export const isServing = ({ retired, live, haltedAt }: DirectoryEntry): boolean =>
  !retired && live !== null && live.revision > haltedAt;

/** The major whose topics take requests: the one that the live release serves, else the newest. */
export function servedMajor(entry: DirectoryEntry): EndpointCreated {
  const served = entry.live && entry.majors.get(entry.live.major);
  return served ?? entry.majors.get(Math.max(...entry.majors.keys()))!;
}
