import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLogger } from '@millrace/contracts';
import { KafkaClient } from '@millrace/messaging';
import { removePostgresData } from '../../../../infra/postgres/binaries.cjs';

const ROOT = path.resolve(__dirname, '../../../..');
const CLI = path.join(ROOT, 'apps/cli/bin/millrace.cjs');
const START_MS = 240_000;
const STOP_MS = 60_000;

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface PlatformFile {
  readonly brokers: string;
  readonly schemaRegistryUrl: string;
  readonly gatewayUrl: string;
  readonly trustedKeys: string;
}

/** The whole platform, started as a user starts it, in a folder and on ports of its own. */
export class E2ePlatform {
  output = '';
  private client: KafkaClient | null = null;

  private constructor(
    private readonly child: ChildProcess,
    private readonly home: string,
  ) {
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-200_000);
      });
  }

  static async start(): Promise<E2ePlatform> {
    const home = mkdtempSync(path.join(tmpdir(), 'millrace-e2e-'));
    const [kafka, controller, postgres, registry, gateway] = await freePorts(5);
    const child = spawn(process.execPath, ['tools/start/start.cjs', '--no-browser', '--no-demo'], {
      cwd: ROOT,
      env: {
        ...process.env,
        CI: 'true',
        MILLRACE_HOME: home,
        MILLRACE_KAFKA_PORT: String(kafka),
        MILLRACE_KAFKA_CONTROLLER_PORT: String(controller),
        MILLRACE_POSTGRES_PORT: String(postgres),
        MILLRACE_SCHEMA_REGISTRY_PORT: String(registry),
        MILLRACE_GATEWAY_PORT: String(gateway),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const platform = new E2ePlatform(child, home);
    await platform.until(() => platform.output.includes('Ctrl-C stops everything'), START_MS, 'come up');
    return platform;
  }

  async stop(): Promise<void> {
    await this.client?.close();
    const ended = new Promise<void>((resolve) => this.child.once('exit', () => resolve()));
    this.child.kill('SIGINT');
    const late = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(late);
    removePostgresData(path.join(this.home, 'postgres'));
    rmSync(this.home, { recursive: true, force: true });
  }

  get file(): PlatformFile {
    return JSON.parse(readFileSync(path.join(this.home, 'platform.json'), 'utf8')) as PlatformFile;
  }

  key(name: 'cli' | 'viewer'): string {
    return readFileSync(path.join(this.home, 'keys', `${name}.key`), 'utf8').trim();
  }

  get environment(): NodeJS.ProcessEnv {
    return { ...process.env, MILLRACE_PLATFORM: path.join(this.home, 'platform.json'), NO_COLOR: '1' };
  }

  cli(...args: string[]): Promise<CliResult> {
    return run(process.execPath, [CLI, ...args], this.environment);
  }

  /** The parsed output of a command with --json; throws with what it wrote to stderr when it failed. */
  async json<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await this.cli(...args, '--json');
    if (code !== 0) throw new Error(`millrace ${args.join(' ')} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as T;
  }

  call(method: string, urlPath: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.file.gatewayUrl}${urlPath}`, {
      method,
      headers: { authorization: `Bearer ${this.key('cli')}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
  }

  async kafka(): Promise<KafkaClient> {
    this.client ??= await KafkaClient.connect(
      { brokers: this.file.brokers.split(','), clientId: 'e2e', prefix: '' },
      silentLogger,
    );
    return this.client;
  }

  /** Bytes in the artifact store; null when there are none. */
  artifact(digest: string): Buffer | null {
    const file = path.join(this.home, 'artifacts', 'sha256', digest.slice(0, 2), digest.slice(2));
    return existsSync(file) ? readFileSync(file) : null;
  }

  /** Process id of a part as its supervisor knows it now. */
  pidOf(name: string): number {
    const state = JSON.parse(readFileSync(path.join(this.home, 'state.json'), 'utf8')) as {
      processes: Record<string, { pid: number }>;
    };
    return state.processes[name]!.pid;
  }

  stateOf(name: string): string {
    const state = JSON.parse(readFileSync(path.join(this.home, 'state.json'), 'utf8')) as {
      processes: Record<string, { state: string }>;
    };
    return state.processes[name]!.state;
  }

  /** kill -9, and wait until another process is ready in its place. */
  async killAndAwait(name: string): Promise<void> {
    const before = this.pidOf(name);
    process.kill(before, 'SIGKILL');
    await this.until(() => this.pidOf(name) !== before && this.stateOf(name) === 'READY', 90_000, `bring ${name} back`);
  }

  async until(condition: () => boolean | Promise<boolean>, timeoutMs: number, what: string): Promise<void> {
    const end = Date.now() + timeoutMs;
    while (!(await Promise.resolve(condition()).catch(() => false))) {
      if (Date.now() > end || this.child.exitCode !== null)
        throw new Error(`The platform did not ${what} in time:\n${this.output.slice(-4_000)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Runs a program to its end; never throws because of its exit code. */
export function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv, cwd = ROOT): Promise<CliResult> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, env, maxBuffer: 64 * 1_024 * 1_024, timeout: 280_000 }, (error, stdout, stderr) => {
      const code = error ? Number((error as { code?: unknown }).code ?? 1) : 0;
      resolve({ code: Number.isNaN(code) ? 1 : code, stdout, stderr });
    });
  });
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise<typeof server>((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
