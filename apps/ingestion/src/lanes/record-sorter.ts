import { DeadLetter, type FieldView, type RecordCheck, recordChecks, type SourceRegistered } from '@millrace/contracts';
import {
  type AvroCodec,
  deadLetterId,
  deadLetterOf,
  encodeEnvelope,
  type FetchedPartition,
  FramedReader,
  type KafkaRecord,
  type LaneOutput,
  type LaneProcessor,
  refuseHeaderFraming,
  type SchemaRegistryClient,
  UndecodableError,
} from '@millrace/messaging';
import { judgeRecord } from '../domain/judge-record';
import type { SortingSet } from './expectation-sets';
import type { SortingBySet } from './sorting-by-set';
import type { SortingObserver } from './sorting-observer';

export interface RecordSorterOptions {
  readonly source: Pick<SourceRegistered, 'source' | 'acceptedTopic' | 'quarantineTopic' | 'rules'>;
  readonly registry: SchemaRegistryClient;
  /** Of the source's own schema. */
  readonly codec: AvroCodec<Readonly<Record<string, unknown>>>;
  /** How data sets hold the fields of that schema: rules and expectations speak about values as they stand there. */
  readonly fields: ReadonlyMap<string, FieldView>;
  /** Makes framed dead letters; asks the registry once. */
  readonly deadLetters: { encode(deadLetter: DeadLetter): Promise<Buffer> };
  /** Which expectation set sorts besides the source's own rules; written down when it changes. */
  readonly expectations: Pick<SortingBySet, 'inForce'>;
  readonly observer: SortingObserver;
  readonly now: () => number;
}

const NO_SET = { set: null, checks: [] };
const brokenRule = (id: string): string => `RULE_BROKEN:${id}`;
const brokenExpectation = (id: string): string => `EXPECTATION_BROKEN:${id}`;

interface Fault {
  readonly code: string;
  readonly message: string;
}

/**
 * Larger records only come out of compressed batches, and the accepted topic's limit (1 MiB a batch) has no room for them.
 * What a batch, a key and headers add stays below the rest.
 */
export const RECORD_BYTES_MAX = 1_000_000;

/**
 * Sorts raw records of one partition: what decodes by the source's schema and keeps its rules goes to `accepted`
 * (key, value bytes, headers and timestamp unchanged, same partition), the rest to `quarantine`, whole, with the reason:
 *
 * - UNREADABLE: no frame, truncated, trailing bytes, no value
 * - UNKNOWN_SCHEMA: the registry does not know the schema id
 * - INCOMPATIBLE_SCHEMA: written by a schema that the source's cannot read, such as one without a needed field
 * - RULE_BROKEN:<id>: the first of the owner's rules of severity ERROR that it breaks
 * - EXPECTATION_BROKEN:<id>: the first expectation of severity ERROR that it breaks, of those that are about single records
 * - TOO_LARGE: beyond the limit of the accepted topic; the dead letter names the position instead of holding the value
 *
 * While the schema registry is away nothing is sorted: the error of infrastructure pauses the lane.
 */
export class RecordSorter implements LaneProcessor {
  private readonly reader: FramedReader<Readonly<Record<string, unknown>>>;
  private readonly rules: readonly RecordCheck[];
  private expected: { readonly set: SortingSet | null; readonly checks: readonly RecordCheck[] } = NO_SET;

  constructor(private readonly options: RecordSorterOptions) {
    this.reader = new FramedReader(options.registry, options.codec);
    this.rules = recordChecks(options.source.rules, options.fields);
  }

  async process(batch: FetchedPartition, out: LaneOutput): Promise<void> {
    const { source, observer, expectations } = this.options;
    const { records } = batch;
    const expected = this.checksOf(await expectations.inForce(records.offset, out));
    let accepted = 0;
    while (records.next()) {
      const record = records.record();
      const unlearned = this.unlearnedSchema(record);
      // Awaiting only what is new keeps the way of all other records free of promises.
      const unknown = unlearned === null ? null : await this.learn(unlearned);
      const fault = unknown ?? this.faultOf(record, expected);
      if (fault !== null) {
        await this.quarantine(record, fault, out);
        continue;
      }
      accepted++;
      const headers = records.headerCount === 0 ? undefined : record.rawHeaders;
      out.produce(source.acceptedTopic, batch.partition, record.key, record.value, headers, record.timestamp);
    }
    if (accepted > 0) observer.accepted(source.source, accepted);
  }

  /** A set stays in force for long: its checks are compiled once. */
  private checksOf(set: SortingSet | null): readonly RecordCheck[] {
    if (set !== this.expected.set)
      this.expected = { set, checks: set ? recordChecks(set.rules, this.options.fields) : [] };
    return this.expected.checks;
  }

  /** Null when the schema is known, or when there is no frame, which `faultOf` will say. */
  private unlearnedSchema(record: KafkaRecord): number | null {
    try {
      return this.reader.unlearned(record.value);
    } catch (error) {
      onlyUndecodable(error);
      return null;
    }
  }

  private async learn(schemaId: number): Promise<Fault | null> {
    try {
      await this.reader.learn(schemaId);
      return null;
    } catch (error) {
      return onlyUndecodable(error);
    }
  }

  private faultOf(record: KafkaRecord, expected: readonly RecordCheck[]): Fault | null {
    if (sizeOf(record) > RECORD_BYTES_MAX) return tooLarge(record);
    try {
      if (record.headers.size > 0) refuseHeaderFraming(record.headers);
      const decoded = this.reader.decode(record.value);
      return this.brokenBy(brokenRule, this.rules, decoded) ?? this.brokenBy(brokenExpectation, expected, decoded);
    } catch (error) {
      return onlyUndecodable(error);
    }
  }

  private brokenBy(
    codeOf: (id: string) => string,
    checks: readonly RecordCheck[],
    decoded: Readonly<Record<string, unknown>>,
  ) {
    const { broken, warnings } = judgeRecord(checks, decoded);
    for (const rule of warnings) this.options.observer.warned(this.options.source.source, rule);
    return broken && { code: codeOf(broken.rule), message: broken.reason };
  }

  private async quarantine(record: KafkaRecord, fault: Fault, out: LaneOutput): Promise<void> {
    const { source, deadLetters, observer, now } = this.options;
    const failedAt = now();
    const whole = deadLetterOf(record, fault, failedAt);
    const deadLetter = fault.code === 'TOO_LARGE' ? { ...whole, value: null } : whole;
    const headers = encodeEnvelope({
      id: deadLetterId(record),
      source: '/millrace/ingestion',
      type: DeadLetter.fullName,
      time: failedAt,
    });
    const value = await deadLetters.encode(deadLetter);
    out.produce(source.quarantineTopic, record.partition, record.key, value, headers, failedAt);
    observer.quarantined(source.source, fault.code);
  }
}

/** The fault of the record itself; every other error is the lane's to handle. */
function onlyUndecodable(error: unknown): Fault {
  if (error instanceof UndecodableError) return error;
  throw error;
}

const sizeOf = ({ key, value, rawHeaders }: KafkaRecord): number =>
  (key?.length ?? 0) +
  (value?.length ?? 0) +
  rawHeaders.reduce((sum, [name, header]) => sum + name.length + (header?.length ?? 0), 0);

const tooLarge = (record: KafkaRecord): Fault => ({
  code: 'TOO_LARGE',
  message: `The record takes ${sizeOf(record)} bytes uncompressed; ${RECORD_BYTES_MAX} are accepted. Its value stays on ${record.topic}, partition ${record.partition}, offset ${record.offset}, as long as that topic keeps it.`,
});
