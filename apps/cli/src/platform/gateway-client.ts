import { CliError, EXIT } from '../terminal/cli-error';
import type { Platform } from './find-platform';

export interface CommandAnswer {
  readonly commandId: string;
  readonly status: 'PENDING' | 'DONE' | 'REFUSED';
  readonly reasonCode?: string;
  readonly reason?: string;
  readonly facts?: readonly { readonly id: string; readonly record: string; readonly key: string | null }[];
}

const WAIT_MS = 10_000;

/** The gateway's HTTP API as the CLI uses it. Every error is a sentence. */
export class GatewayClient {
  constructor(private readonly platform: Platform) {}

  get<T>(path: string): Promise<T> {
    return this.call<T>('GET', path);
  }

  async put(path: string, bytes: Buffer): Promise<{ digest: string; size: number }> {
    return this.call('PUT', path, bytes, 'application/octet-stream');
  }

  post<T>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<T> {
    return this.call<T>('POST', path, JSON.stringify(body), 'application/json', headers);
  }

  /** Sends a command and waits until its owner has answered it. @throws CliError with the owner's reason when refused. */
  async command(name: string, body: unknown, timeoutMs = 60_000): Promise<CommandAnswer> {
    const { commandId } = await this.post<{ commandId: string }>(`/api/v1/commands/${name}`, body);
    return this.answerTo(commandId, `${name} was sent (command ${commandId}), but it`, timeoutMs);
  }

  /**
   * What became of a command, or of a fact that asks another service for something as a command would.
   *
   * @param what begins the sentence that it was not answered.
   */
  async answerTo(id: string, what: string, timeoutMs = 60_000): Promise<CommandAnswer> {
    const end = Date.now() + timeoutMs;
    while (Date.now() < end) {
      const answer = await this.answerSoFar(id);
      if (answer.status === 'REFUSED')
        throw new CliError(`${answer.reason} (${answer.reasonCode})`, EXIT.failed, answer.reasonCode);
      if (answer.status === 'DONE') return answer;
    }
    throw new CliError(
      `${what} was not answered within ${timeoutMs / 1000} s: millrace status shows which service is away.`,
    );
  }

  private async answerSoFar(id: string): Promise<CommandAnswer> {
    try {
      return await this.get<CommandAnswer>(`/api/v1/commands/${id}?waitMs=${WAIT_MS}`);
    } catch (error) {
      // The gateway knows commands before they are answered, and facts only by what they have caused.
      if (error instanceof CliError && error.code === 'UNKNOWN_COMMAND') return { commandId: id, status: 'PENDING' };
      throw error;
    }
  }

  private async call<T>(
    method: string,
    path: string,
    body?: string | Buffer,
    type?: string,
    headers: Record<string, string> = {},
  ): Promise<T> {
    if (!this.platform.gatewayUrl)
      throw new CliError('This command asks the gateway: set MILLRACE_GATEWAY_URL and MILLRACE_API_KEY.', EXIT.usage);
    const response = await fetch(`${this.platform.gatewayUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.platform.apiKey}`,
        ...(type ? { 'content-type': type } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: body as string }),
    }).catch((error: Error) => {
      throw new CliError(
        `The gateway at ${this.platform.gatewayUrl} does not answer (${reasonOf(error)}): is the platform running? npm start`,
      );
    });
    const text = await response.text();
    if (response.ok) return JSON.parse(text || 'null') as T;
    throw new CliError(
      sentenceOf(text) ?? `The gateway answered ${response.status} to ${method} ${path}.`,
      EXIT.failed,
      codeOf(text),
    );
  }
}

const reasonOf = (error: Error): string => (error.cause as NodeJS.ErrnoException | undefined)?.code ?? error.message;

function parsed(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}

function sentenceOf(text: string): string | null {
  const problem = parsed(text);
  const sentence = problem?.detail ?? problem?.error;
  return typeof sentence === 'string' ? sentence : null;
}

const codeOf = (text: string): string => String(parsed(text)?.code ?? 'FAILED');
