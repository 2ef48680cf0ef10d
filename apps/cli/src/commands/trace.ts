import type { Command } from 'commander';
import { withContext } from '../platform/context';
import { type OutputOptions, printJson, printNote } from '../terminal/print';
import { type Progress, progressBar } from '../terminal/progress';

interface TraceCommandOptions extends OutputOptions {
  readonly endpoint?: string;
  readonly within: string;
}

export function traceCommand(program: Command): void {
  program
    .command('trace <request-id>')
    .description(
      'The whole story of a request: what decided, what that came from, who let it, and what really happened',
    )
    .option('--endpoint <name>', 'look only there')
    .option('--within <time>', 'how far back to look: 30m, 24h, 7d', '24h')
    .option('--json', 'as JSON: nodes with their places in the log, and what each came from')
    .addHelpText(
      'after',
      `
Examples:
  $ millrace trace my-1
  $ millrace trace my-1 --endpoint flights-late --within 30d
  $ millrace trace my-1 --json | jq '.nodes[] | {kind, title, id}'`,
    )
    .action((requestId: string, options: TraceCommandOptions) =>
      withContext(async (context) => {
        const { trace } = await import('../trace/trace.js');
        const { drawStory } = await import('../trace/draw-story.js');
        const { spanOf } = await import('../trace/span-of.js');
        const bars = new Map<string, Progress>();
        try {
          const story = await trace(context, {
            requestId,
            endpoint: options.endpoint ?? null,
            within: options.within,
            since: Date.now() - spanOf(options.within),
            onProgress: (what, done, total) => {
              const bar = bars.get(what) ?? progressBar(`searching ${what}`, 'offsets');
              bars.set(what, bar);
              bar.update(done, total);
            },
          });
          for (const bar of bars.values()) bar.stop();
          if (options.json) printJson(story);
          else process.stdout.write(`${drawStory(story).join('\n')}\n`);
          for (const note of story.notes) printNote(note);
        } finally {
          for (const bar of bars.values()) bar.stop();
        }
      }),
    );
}
