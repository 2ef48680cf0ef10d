import {
  ApprovalGranted,
  type EndpointCreated,
  ModelVersionRegistered,
  ReleaseActivated,
  ReleaseApproved,
  ReleaseHalted,
  WindowClosed,
  WindowCorrected,
} from '@millrace/contracts';
import type { Activation, Grant, HistoryRecord, PartitionLog, WindowCount } from '@millrace/testing';

/** What the built-in policy demands of people; a release of any other class asks nobody. */
const BUILT_IN_HIGH = { approvals: 2, excludesSubmitterAndTrainer: true };

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

  /** What went live on every endpoint and who allowed it, in the order of the log. */
  activations(): Activation[] {
    const facts = [...this.of<ReleaseActivated>(ReleaseActivated), ...this.of<ReleaseHalted>(ReleaseHalted)].sort(
      (a, b) => a.offset - b.offset,
    );
    return facts.map(({ topic, partition, offset, data }) => {
      const activated = 'arms' in data;
      return {
        topic,
        partition,
        offset,
        endpoint: data.endpoint,
        revision: data.revision,
        digest: activated ? (data.arms[0]?.artifact.digest ?? null) : null,
        grant: activated ? this.grantOf(data.release) : null,
      };
    });
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

  private grantOf(release: string): Grant | null {
    const granted = this.of<ApprovalGranted>(ApprovalGranted).find(({ data }) => data.release === release)?.data;
    if (!granted) return null;
    const approved = this.of<ReleaseApproved>(ReleaseApproved).filter(
      ({ data }) => data.release === release && data.binding === granted.binding,
    );
    const { approvals, excludesSubmitterAndTrainer: excludes } =
      granted.riskClass === 'HIGH' ? BUILT_IN_HIGH : { approvals: 0, excludesSubmitterAndTrainer: false };
    return {
      digest: granted.digest,
      approvers: approved.map(({ data }) => data.by),
      approvals,
      excluded: excludes ? [granted.proposedBy, granted.trainedBy ?? ''] : [],
    };
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
