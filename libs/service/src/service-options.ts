import type { AnyRecordSchema, RecordSchema, Service } from '@millrace/contracts';
import type { FactRows, Flow, Fold, Received, TableRow } from '@millrace/messaging';
import type { INestApplication, INestApplicationContext, Type } from '@nestjs/common';
import type { SettingDefinitions, Settings, SettingValues } from './settings/define-settings';

export interface HttpOptions<V> {
  /** Port of the door; 0 takes a free one and logs it. */
  readonly port: (settings: V) => number;
  /** Address to listen on; MILLRACE_BIND_ADDRESS by default. */
  readonly host?: (settings: V) => string;
  /** Before the application starts: body limits, prefixes, OpenAPI. */
  readonly configure?: (application: INestApplication, settings: V) => void | Promise<void>;
}

/** A fold that is there once for each fact of a type: over the topics of an endpoint, for a learner. */
export interface FoldOfFact {
  readonly record: AnyRecordSchema;
  /** The fold itself, as the service's own host runs it. A rebuild asks for it after the flow's inputs have been folded. */
  // biome-ignore lint/suspicious/noExplicitAny: what a fold prepares is its own affair.
  readonly fold: (application: INestApplicationContext, fact: unknown) => Promise<Fold<any, any>>;
}

export const foldOfFact = <T, Prepared, Folded>(
  record: RecordSchema<T>,
  fold: (application: INestApplicationContext, fact: T) => Promise<Fold<Prepared, Folded>>,
): FoldOfFact => ({ record, fold: (application, fact) => fold(application, fact as T) });

/** State that no `Aggregates` write, as rows of the last facts, so that a rebuild makes it anew. */
export const factRows = <T>(
  table: string,
  records: readonly RecordSchema<T>[],
  rowOf: (fact: Received<T>) => TableRow,
): FactRows => ({ table, records, rowOf: (fact) => rowOf(fact as Received<T>) });

/** A fold that is there from the start, over topics that the flow does not decode. */
export interface StandingFold {
  readonly record: null;
  // biome-ignore lint/suspicious/noExplicitAny: what a fold prepares is its own affair.
  readonly fold: (application: INestApplicationContext) => Fold<any, any>;
}

export const standingFold = <Prepared, Folded>(
  fold: (application: INestApplicationContext) => Fold<Prepared, Folded>,
): StandingFold => ({ record: null, fold });

export interface ServiceOptions<D extends SettingDefinitions = SettingDefinitions> {
  readonly name: Service | 'schema-registry';
  /** Wiring of the service; the PlatformModule is global beside it. */
  readonly module: Type;
  /** The service's own settings; the values are injected by the token SETTINGS. */
  readonly settings?: Settings<D>;
  /** What it consumes and emits; without one the process has no Kafka transport. */
  readonly flow?: Flow;
  /** A service with migrations has a database. */
  readonly migrations?: Function[];
  readonly entities?: Function[];
  /** Folds that write projections and are not inputs of the flow, so that a rebuild finds them. */
  readonly folds?: readonly (FoldOfFact | StandingFold)[];
  readonly factRows?: readonly FactRows[];
  /** A service with a door of its own beside the health pages. */
  readonly http?: HttpOptions<SettingValues<D>>;
}
