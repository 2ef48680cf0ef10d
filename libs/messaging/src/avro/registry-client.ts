import { AppError, InfrastructureError } from '@millrace/contracts';
import { AvroCodec } from './codec';
import type { CompatibilityLevel } from './compatibility-level';
import { parseSchema } from './parse-schema';
import { UndecodableError } from './poison';
import type { AvroSchema } from './schema-model';

export interface SchemaRegistrySettings {
  /** Base address, for example `http://127.0.0.1:8081`. */
  readonly url: string;
  /** Stands before every subject; names passed to the client are without it. */
  readonly prefix: string;
  /** Longest wait for one answer, milliseconds. Default 5,000. */
  readonly timeoutMs?: number;
  readonly basicAuth?: { readonly username: string; readonly password: string };
}

export interface RegisteredSchema {
  readonly id: number;
  readonly version: number;
  readonly schema: AvroSchema;
}

/** Who knows the schemas of records by the id in their frame. */
export interface SchemaSource {
  /** @throws UndecodableError UNKNOWN_SCHEMA; InfrastructureError when it cannot be asked */
  byId(id: number): Promise<AvroSchema>;
}

const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json';
/** A schema has at most 64 KiB; JSON escapes at most double that, and the rest is small. */
const ANSWER_MAX_BYTES = 1_048_576;
/** How long "the registry says 404" is believed: long enough to keep a flood of bad records off the registry. */
const UNKNOWN_FOR_MS = 1_000;
const MILLISECONDS: { now(): number } = { now: () => performance.now() };

/**
 * A client of any Confluent-compatible schema registry, for Avro.
 *
 * Schemas never change under their id, so what has been seen once is answered from memory without an await
 * (`schemaFor`, `codecFor`). A registry that cannot be reached, or that answers what no registry answers, is an
 * InfrastructureError (pause and retry, never a dead letter); an id that it does not know is poison at once.
 */
export class SchemaRegistryClient implements SchemaSource {
  private readonly schemas = new Map<number, AvroSchema>();
  private readonly ids = new Map<string, number>();
  private readonly pending = new Map<number, Promise<AvroSchema>>();
  private readonly unknown = new Map<number, number>();
  private readonly base: string;

  /** @param clock milliseconds that only grow. */
  constructor(
    private readonly settings: SchemaRegistrySettings,
    private readonly clock: { now(): number } = MILLISECONDS,
  ) {
    this.base = settings.url.replace(/\/+$/, '');
  }

  /**
   * Registers a schema under a subject; the same schema again answers the same id.
   * @throws AppError SCHEMA_NOT_COMPATIBLE (the subject's level refuses it) or SCHEMA_REFUSED (the registry does).
   */
  async register(subject: string, schema: AvroSchema): Promise<number> {
    const key = `${subject}\n${schema.text}`;
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    const path = `/subjects/${this.subject(subject)}/versions`;
    const { id } = numbersOf(await this.request('POST', path, { schema: schema.text }), ['id']);
    this.ids.set(key, id);
    this.schemas.set(id, this.schemas.get(id) ?? schema);
    return id;
  }

  /** Finds a schema under a subject; `undefined` when the subject does not have it. */
  async lookup(subject: string, schema: AvroSchema): Promise<{ id: number; version: number } | undefined> {
    const answer = await this.found(
      this.request('POST', `/subjects/${this.subject(subject)}`, { schema: schema.text }),
    );
    return answer === undefined ? undefined : numbersOf(answer, ['id', 'version']);
  }

  /** The newest version of a subject; `undefined` when there is none. */
  async latest(subject: string): Promise<RegisteredSchema | undefined> {
    const answer = await this.found(this.request('GET', `/subjects/${this.subject(subject)}/versions/latest`));
    if (answer === undefined) return undefined;
    const { id, version } = numbersOf(answer, ['id', 'version']);
    return { id, version, schema: this.remember(id, answer) };
  }

  /** Version numbers of a subject, ascending; none when it does not exist. */
  async versions(subject: string): Promise<readonly number[]> {
    const answer = await this.found(this.request('GET', `/subjects/${this.subject(subject)}/versions`));
    if (answer === undefined) return [];
    if (!Array.isArray(answer)) throw oddAnswer('a list of versions', answer);
    return answer as number[];
  }

  /**
   * The schema of an id.
   * @throws UndecodableError UNKNOWN_SCHEMA when the registry says 404; INCOMPATIBLE_SCHEMA when the schema is not
   *   Avro, or over the limits of `parseSchema`.
   */
  async byId(id: number): Promise<AvroSchema> {
    const known = this.schemas.get(id);
    if (known) return known;
    const until = this.unknown.get(id);
    if (until !== undefined && this.clock.now() < until) throw unknownSchema(id);
    let pending = this.pending.get(id);
    if (!pending) {
      pending = this.fetchById(id).finally(() => this.pending.delete(id));
      this.pending.set(id, pending);
    }
    return pending;
  }

  /** The schema of an id that has been seen before; `undefined` = call `byId` first. */
  schemaFor(id: number): AvroSchema | undefined {
    return this.schemas.get(id);
  }

  /** The codec of a schema that has been seen before; `undefined` = call `byId` first. */
  codecFor(id: number): AvroCodec | undefined {
    const schema = this.schemas.get(id);
    return schema && AvroCodec.of(schema);
  }

  /** Sets the compatibility level of a subject; idempotent. */
  async setCompatibility(subject: string, level: CompatibilityLevel): Promise<void> {
    await this.request('PUT', `/config/${this.subject(subject)}`, { compatibility: level });
  }

  /** Whether a schema could be registered now, and if not, why (the registry's sentences). */
  async compatible(subject: string, schema: AvroSchema): Promise<{ compatible: boolean; messages: readonly string[] }> {
    const path = `/compatibility/subjects/${this.subject(subject)}/versions?verbose=true`;
    const answer = await this.request('POST', path, { schema: schema.text });
    if (!isObject(answer) || typeof answer.is_compatible !== 'boolean') throw oddAnswer('a verdict', answer);
    return {
      compatible: answer.is_compatible,
      messages: Array.isArray(answer.messages) ? answer.messages.map(String) : [],
    };
  }

  private async fetchById(id: number): Promise<AvroSchema> {
    const answer = await this.found(this.request('GET', `/schemas/ids/${id}`));
    if (answer === undefined) {
      if (this.unknown.size >= 1_000) this.unknown.clear();
      this.unknown.set(id, this.clock.now() + UNKNOWN_FOR_MS);
      throw unknownSchema(id);
    }
    return this.remember(id, answer);
  }

  private remember(id: number, answer: unknown): AvroSchema {
    const known = this.schemas.get(id);
    if (known) return known;
    if (!isObject(answer) || typeof answer.schema !== 'string') throw oddAnswer('a schema', answer);
    const type = answer.schemaType ?? 'AVRO';
    if (type !== 'AVRO') throw unusable(id, `it is of type ${String(type)}, not AVRO`);
    if (Array.isArray(answer.references) && answer.references.length > 0) {
      throw unusable(id, 'it references other schemas, which is not supported');
    }
    let schema: AvroSchema;
    try {
      schema = parseSchema(answer.schema);
    } catch (cause) {
      throw unusable(id, (cause as Error).message);
    }
    this.schemas.set(id, schema);
    return schema;
  }

  private subject(name: string): string {
    return encodeURIComponent(this.settings.prefix + name);
  }

  private async found(request: Promise<unknown>): Promise<unknown> {
    try {
      return await request;
    } catch (error) {
      if (error instanceof AppError && error.code === 'SCHEMA_NOT_FOUND') return undefined;
      throw error;
    }
  }

  private async request(method: string, path: string, body?: object): Promise<unknown> {
    const { status, text } = await this.exchange(method, path, body);
    let answer: unknown;
    try {
      answer = JSON.parse(text);
    } catch {
      throw oddAnswer('JSON', text.slice(0, 100), status);
    }
    if (status >= 200 && status < 300) return answer;
    if (!isObject(answer) || typeof answer.error_code !== 'number') throw oddAnswer('a registry error', answer, status);
    throw refusal(status, answer.error_code, String(answer.message ?? ''), `${method} ${path}`);
  }

  private async exchange(method: string, path: string, body?: object): Promise<{ status: number; text: string }> {
    const { basicAuth, timeoutMs = 5_000 } = this.settings;
    try {
      const response = await fetch(`${this.base}${path}`, {
        method,
        headers: {
          accept: `${MEDIA_TYPE}, application/json`,
          ...(body ? { 'content-type': MEDIA_TYPE } : {}),
          ...(basicAuth
            ? {
                authorization: `Basic ${Buffer.from(`${basicAuth.username}:${basicAuth.password}`).toString('base64')}`,
              }
            : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      return { status: response.status, text: await boundedText(response) };
    } catch (cause) {
      throw new InfrastructureError({
        code: 'SCHEMA_REGISTRY_UNREACHABLE',
        message: `The schema registry at ${this.base} does not answer (${reasonOf(cause)}). It is asked again; check that it runs and that SCHEMA_REGISTRY_URL is right.`,
        cause,
        context: { method, path },
      });
    }
  }
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > ANSWER_MAX_BYTES) throw new Error(`its answer is longer than ${ANSWER_MAX_BYTES} bytes`);
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function refusal(status: number, errorCode: number, message: string, request: string): AppError {
  const context = { status, errorCode, request };
  if (status === 404) {
    return new AppError({
      code: 'SCHEMA_NOT_FOUND',
      message: `The schema registry has no such thing: ${message}`,
      retriable: false,
      context,
    });
  }
  if (status === 409) {
    return new AppError({
      code: 'SCHEMA_NOT_COMPATIBLE',
      message: `The schema breaks the subject's compatibility level: ${message} A breaking change needs a new major topic.`,
      retriable: false,
      context,
    });
  }
  if (status === 422) {
    return new AppError({
      code: 'SCHEMA_REFUSED',
      message: `The schema registry refuses: ${message}`,
      retriable: false,
      context,
    });
  }
  return new InfrastructureError({
    code: 'SCHEMA_REGISTRY_TROUBLE',
    message: `The schema registry answers ${status} (error ${errorCode}): ${message}`,
    context,
  });
}

const unknownSchema = (id: number) =>
  new UndecodableError(
    'UNKNOWN_SCHEMA',
    'NOT_IN_REGISTRY',
    `The schema registry does not know the schema id ${id}. Was the record written against another registry?`,
    { schemaId: id },
  );

const unusable = (id: number, why: string) =>
  new UndecodableError('INCOMPATIBLE_SCHEMA', 'UNUSABLE', `The schema ${id} cannot be used: ${why}`, { schemaId: id });

const oddAnswer = (expected: string, answer: unknown, status?: number) =>
  new InfrastructureError({
    code: 'SCHEMA_REGISTRY_TROUBLE',
    message: `The schema registry's answer${status === undefined ? '' : ` (status ${status})`} is not ${expected}. Is SCHEMA_REGISTRY_URL the address of a schema registry?`,
    context: { answer: (typeof answer === 'string' ? answer : (JSON.stringify(answer) ?? '')).slice(0, 200) },
  });

function numbersOf<K extends string>(answer: unknown, keys: readonly K[]): Record<K, number> {
  if (!isObject(answer) || keys.some((key) => !Number.isInteger(answer[key])))
    throw oddAnswer(keys.join(' and '), answer);
  return answer as Record<K, number>;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message || (cause as NodeJS.ErrnoException).code}` : message;
}
