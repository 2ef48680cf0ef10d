/**
 * Keeps secrets out of logs by three nets, because each alone has holes:
 * names of fields that hold secrets, texts that look like secrets, and the very values of the secret settings.
 */
const SECRET_WORDS =
  /^(?:password|passwd|pwd|passphrase|secret|token|credential|authorization|cookie|key|apikey|privatekey)s?$/;
/** The word before `key` that makes it harmless. */
const HARMLESS_KEYS: ReadonlySet<string> = new Set(['public', 'foreign', 'primary', 'sort', 'partition']);

const SECRET_TEXTS: readonly [pattern: RegExp, replacement: string][] = [
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]+@/gi, '$1:***@'],
  [/\b(bearer|basic)\s+[A-Za-z0-9+/=._~-]{8,}/gi, '$1 ***'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, '*** private key ***'],
];

export const REDACTED = '***';
const DEPTH_MAX = 8;
const ITEMS_MAX = 100;
/** Shorter ones are no secrets worth the name, and would blacken innocent text. */
const SECRET_VALUE_MIN = 6;

export class Redactor {
  private readonly values: readonly string[];

  /** @param secrets texts that must never be written, for example the values of secret settings. */
  constructor(secrets: readonly string[] = []) {
    const parts = secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), passwordOf(secret)]);
    this.values = [...new Set(parts.filter((part): part is string => (part?.length ?? 0) >= SECRET_VALUE_MIN))].sort(
      (a, b) => b.length - a.length,
    );
  }

  /** A copy without secrets, safe to be written as JSON: cycles, depth and length are bounded. */
  fields(value: object): Record<string, unknown> {
    return this.copy(value, 0, new Set()) as Record<string, unknown>;
  }

  text(text: string): string {
    let clean = text;
    for (const [pattern, replacement] of SECRET_TEXTS) clean = clean.replace(pattern, replacement);
    return this.line(clean);
  }

  /** The last net, over the finished line. */
  line(line: string): string {
    let clean = line;
    for (const value of this.values) if (clean.includes(value)) clean = clean.replaceAll(value, REDACTED);
    return clean;
  }

  private copy(value: unknown, depth: number, above: Set<object>): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'bigint') return String(value);
    if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`;
    if (typeof value !== 'object' || value === null) return value;
    if (Buffer.isBuffer(value) || ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
    if (above.has(value)) return '[circular]';
    if (depth >= DEPTH_MAX) return '[deeper]';
    above.add(value);
    try {
      if (value instanceof Error) return this.error(value, depth, above);
      if (value instanceof Map) return this.entries([...value], depth, above);
      if (value instanceof Set || Array.isArray(value)) return this.items([...value], depth, above);
      return this.entries(Object.entries(value), depth, above);
    } finally {
      above.delete(value);
    }
  }

  private error(error: Error, depth: number, above: Set<object>): unknown {
    const { name, message, stack, cause, ...rest } = error as Error & Record<string, unknown>;
    return {
      type: name,
      message: this.text(message),
      ...(this.entries(Object.entries(rest), depth, above) as object),
      stack: this.text(stack ?? ''),
      ...(cause === undefined ? {} : { cause: this.copy(cause, depth + 1, above) }),
    };
  }

  private items(items: readonly unknown[], depth: number, above: Set<object>): unknown[] {
    const copied = items.slice(0, ITEMS_MAX).map((item) => this.copy(item, depth + 1, above));
    return items.length > ITEMS_MAX ? [...copied, `[${items.length - ITEMS_MAX} more]`] : copied;
  }

  private entries(entries: readonly [unknown, unknown][], depth: number, above: Set<object>): object {
    const copied: Record<string, unknown> = {};
    for (const [key, value] of entries.slice(0, ITEMS_MAX)) {
      const name = String(key);
      copied[name] = isSecretName(name) && value != null ? REDACTED : this.copy(value, depth + 1, above);
    }
    if (entries.length > ITEMS_MAX) copied['...'] = `[${entries.length - ITEMS_MAX} more]`;
    return copied;
  }
}

/** `apiKey`, `KAFKA_SASL_PASSWORD`, `x-api-token`: the last word says what a field holds. */
function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  const last = words.at(-1) ?? '';
  return SECRET_WORDS.test(last) && !(last.startsWith('key') && HARMLESS_KEYS.has(words.at(-2) ?? ''));
}

/** `postgres://user:password@host` holds a secret inside a secret. */
function passwordOf(text: string): string | undefined {
  if (!text.includes('://') || !URL.canParse(text)) return undefined;
  const { password } = new URL(text);
  try {
    return decodeURIComponent(password);
  } catch {
    return password;
  }
}
