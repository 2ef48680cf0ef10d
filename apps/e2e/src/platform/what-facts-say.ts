import {
  type EndpointCreated,
  ModelVersionRegistered,
  ReleaseActivated,
  ReleaseHalted,
  WindowClosed,
  WindowCorrected,
} from '@millrace/contracts';
import type { HistoryRecord, PartitionLog, WindowCount } from '@millrace/testing';

interface Serving {
  /** Digests of the models that may answer. */
  readonly digests: readonly string[];
  /** `<model>:<version>`; none after a halt. */
  readonly served?: string;
}

/** What the facts on the log say about one endpoint, for the invariants that hold traffic against them. */
export class WhatFactsSay {
  private readonly records: readonly HistoryRecord[];

  constructor(
    logs: readonly PartitionLog[],
    private readonly endpoint: EndpointCreated,
  ) {
    this.records = logs.flatMap(({ committed }) => committed);
  }

  /** Release revision -> digests of the models that it serves. */
  releases(): Map<number, readonly string[]> {
    return new Map([...this.servings()].map(([revision, { digests }]) => [revision, digests]));
  }

  /** Digests of all model files that were ever registered. */
  models(): string[] {
    return this.of<ModelVersionRegistered>(ModelVersionRegistered).map(({ data }) => data.artifact.digest);
  }

  /** The window events over all responses; those over slices say the same of a part. */
  windows(): WindowCount[] {
    const { endpoint, major, responsesTopic: responses } = this.endpoint;
    const events = [...this.of<WindowClosed>(WindowClosed), ...this.of<WindowCorrected>(WindowCorrected)].filter(
      ({ data }) => data.endpoint === endpoint && data.major === major && data.slice === null,
    );
    return events.map(({ topic, partition, offset, data }) => ({
      topic,
      partition,
      offset,
      responses,
      ...(data.model === null ? {} : { served: `${data.model}:${data.version}` }),
      line: data.time,
      start: data.start,
      end: data.end,
      statuses: data.statuses,
      readUpTo: new Map(data.readUpTo.map((read) => [read.partition, read.offset])),
    }));
  }

  /** Names the version in force in every response. */
  withServed(logs: readonly PartitionLog[]): PartitionLog[] {
    const servings = this.servings();
    const named = (record: HistoryRecord): HistoryRecord => {
      const served = record.revision === undefined ? undefined : servings.get(record.revision)?.served;
      return served === undefined ? record : { ...record, served };
    };
    return logs.map((log) => ({ ...log, committed: log.committed.map(named) }));
  }

  private servings(): Map<number, Serving> {
    const servings = new Map<number, Serving>();
    for (const { data } of this.of<ReleaseActivated>(ReleaseActivated)) {
      if (data.endpoint !== this.endpoint.endpoint) continue;
      const [arm] = data.arms;
      const digests = data.arms.map(({ artifact }) => artifact.digest);
      servings.set(data.revision, { digests, ...(arm ? { served: `${arm.model}:${arm.version}` } : {}) });
    }
    for (const { data } of this.of<ReleaseHalted>(ReleaseHalted))
      if (data.endpoint === this.endpoint.endpoint) servings.set(data.revision, { digests: [] });
    return servings;
  }

  private of<T>({ fullName }: { readonly fullName: string }): (HistoryRecord & { readonly data: T })[] {
    return this.records.filter(({ type }) => type === fullName) as (HistoryRecord & { readonly data: T })[];
  }
}
