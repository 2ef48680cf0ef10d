/** RFC 9457 problem details; `code` is the stable code of docs/generated/errors.md. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly more: { readonly retryAfterSeconds?: number; readonly members?: Record<string, unknown> } = {},
  ) {
    super(detail);
  }

  /** The JSON document. */
  details(): Record<string, unknown> {
    return {
      type: `urn:millrace:error:${this.code}`,
      title: this.code,
      status: this.status,
      detail: this.detail,
      code: this.code,
      ...this.more.members,
    };
  }
}

export const notFound = (what: string, name: string, names: readonly string[] = []): Problem =>
  new Problem(
    404,
    `UNKNOWN_${what.toUpperCase()}`,
    `There is no ${what} ${name}.${names.length > 0 ? ` There are: ${names.slice(0, 20).join(', ')}.` : ''}`,
  );

export const unavailable = (code: string, detail: string): Problem =>
  new Problem(503, code, detail, { retryAfterSeconds: 5 });
