import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';

export interface SpawnNodeOptions {
  args?: readonly string[];
  /** Added to this process's environment; `undefined` takes a variable away. */
  env?: Readonly<Record<string, string | undefined>>;
  cwd?: string;
  /** Options of Node itself, such as `--max-old-space-size=512`. */
  nodeArgs?: readonly string[];
}

export interface ExitOfNode {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const REGISTER = path.resolve(__dirname, '../../register-typescript.cjs');
const KEPT_OUTPUT = 1024 * 1024;
const running = new Set<NodeProcess>();

/** A child process of a test. All that still run are killed after the last test of the file. */
export class NodeProcess {
  /** Settles when the process has ended and its output is complete. */
  readonly exit: Promise<ExitOfNode>;
  /** What it wrote to stdout and stderr; the last MiB. */
  output = '';
  private readonly watchers = new Set<() => void>();
  private ended: ExitOfNode | null = null;

  constructor(private readonly child: ChildProcess) {
    running.add(this);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-KEPT_OUTPUT);
        this.wake();
      });
    }
    this.exit = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        this.ended = { code, signal };
        running.delete(this);
        resolve(this.ended);
        this.wake();
      });
    });
    this.exit.catch(() => running.delete(this));
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('The process did not start.');
    return this.child.pid;
  }

  /** SIGKILL by default: what a power cut leaves is what the test sees. */
  kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<ExitOfNode> {
    this.child.kill(signal);
    return this.exit;
  }

  /** Waits for a text in the output; throws, with the output, when the process ends or the time passes before. */
  async waitFor(pattern: RegExp | string, timeoutMs = 20_000): Promise<void> {
    const seen = () => (typeof pattern === 'string' ? this.output.includes(pattern) : pattern.test(this.output));
    const deadline = performance.now() + timeoutMs;
    while (!seen()) {
      const left = deadline - performance.now();
      if (this.ended || left <= 0) {
        const why = this.ended ? `ended (${this.ended.code ?? this.ended.signal})` : `took longer than ${timeoutMs} ms`;
        throw new Error(`The process ${why} before it wrote ${pattern}. Its output:\n${this.output}`);
      }
      await this.nextChange(left);
    }
  }

  private nextChange(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, timeoutMs);
      const { watchers } = this;
      function done(): void {
        clearTimeout(timer);
        watchers.delete(done);
        resolve();
      }
      watchers.add(done);
    });
  }

  private wake(): void {
    for (const watcher of [...this.watchers]) watcher();
  }
}

/** Runs a script, TypeScript or JavaScript, in a Node process of its own, from the sources of this workspace. */
export function spawnNode(script: string, options: SpawnNodeOptions = {}): NodeProcess {
  const { args = [], nodeArgs = [], cwd, env = {} } = options;
  return new NodeProcess(
    spawn(process.execPath, [...nodeArgs, '-r', REGISTER, script, ...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    }),
  );
}

if (typeof afterAll === 'function') {
  afterAll(async () => {
    await Promise.allSettled([...running].map((one) => one.kill()));
  });
}
