import type { Command } from 'commander';
import { type Context, withContext } from '../platform/context';
import { CliError, EXIT } from '../terminal/cli-error';
import { progressBar } from '../terminal/progress';

interface ReplayCommandOptions {
  readonly from?: string;
  readonly to?: string;
  readonly major?: string;
  readonly version?: string;
  readonly slice?: string;
  readonly threshold?: string;
  readonly artifacts?: string;
  readonly json?: boolean;
}

export function replayCommand(program: Command): void {
  program
    .command('replay <endpoint>')
    .description('Compute past responses again from the log and compare them, bit for bit on the same runtime')
    .option('--from <offset|time>', 'first response: an offset of every partition of the response topic, or a moment')
    .option('--to <offset|time>', 'where to end; what stands there is not compared any more')
    .option('--major <n>', 'major of the topics; the newest by default')
    .option('--version <v>', 'what would this version have said? <v> or <model>:<v>; nothing live is touched')
    .option('--slice <feature>', 'with --version: changes by the values of this feature')
    .option('--threshold <number>', 'with --version: count outputs that would have crossed it')
    .option('--artifacts <folder>', 'the artifact store; known where npm start runs')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ millrace replay flights-late
  $ millrace replay flights-late --from 2026-11-01T12:00:00Z --to 2026-11-01T13:00:00Z
  $ millrace replay flights-late --version 2 --slice origin --threshold 0.5

Exit code 3 when a response differs, 1 when there is none to compute. What retention took is told as trimmed and is no difference.`,
    )
    .action((endpoint: string, options: ReplayCommandOptions) =>
      withContext((context) => run(context, endpoint, options)),
    );
}

async function run(context: Context, endpoint: string, options: ReplayCommandOptions): Promise<void> {
  const { boundOf } = await import('../replay/replay-range.js');
  const { replay } = await import('../replay/replay.js');
  const { whatIfOf } = await import('../replay/what-if-version.js');
  const { openArtifacts } = await import('../platform/artifact-folder.js');
  const { noResponses, provedNothing } = await import('../replay/no-responses.js');
  const { showReplay, showWhatIf } = await import('../replay/show-replay.js');
  const from = boundOf(options.from, '--from');
  const to = boundOf(options.to, '--to');
  const major = options.major === undefined ? null : numberOf(options.major, '--major');
  if (options.version === undefined && (options.slice !== undefined || options.threshold !== undefined))
    throw new CliError('--slice and --threshold go with --version.', EXIT.usage);
  const artifacts = await openArtifacts(context.platform, options.artifacts);
  const threshold = options.threshold === undefined ? null : numberOf(options.threshold, '--threshold');
  const whatIf =
    options.version === undefined
      ? undefined
      : await whatIfOf(context, endpoint, options.version, { major, slice: options.slice ?? null, threshold });
  const bar = progressBar(`replaying ${endpoint}`, 'offsets');
  try {
    const report = await replay(context, {
      endpoint,
      major,
      from,
      to,
      artifacts,
      ...(whatIf ? { whatIf } : {}),
      onProgress: (done, total, note) => bar.update(done, total, note),
    });
    bar.stop();
    const nothing = provedNothing(report);
    if (options.json || !nothing) {
      if (whatIf) showWhatIf(report, whatIf, options);
      else showReplay(report, options);
    }
    if (nothing) throw await noResponses(await context.kafka(), report, askedFor(options));
  } finally {
    bar.stop();
  }
}

const askedFor = ({ from, to }: ReplayCommandOptions): string =>
  [from === undefined ? [] : `--from ${from}`, to === undefined ? [] : `--to ${to}`].flat().join(' ');

function numberOf(text: string, option: string): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number)) return number;
  throw new CliError(`${option} takes a number; "${text}" is none.`, EXIT.usage);
}
