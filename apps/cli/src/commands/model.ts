import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { withContext } from '../platform/context';
import { CliError, EXIT } from '../terminal/cli-error';
import { type OutputOptions, printDetails, printDone, printJson, printRows, textOf } from '../terminal/print';
import { findOne, listAll, modelVersion, namedVersion, type Row } from './look-up';

export function modelCommands(program: Command): void {
  const model = program.command('model').description('Models, their versions and aliases');
  model
    .command('list')
    .description('Every version of every model')
    .option('--json', 'as JSON')
    .action((options: OutputOptions) =>
      withContext(async (context) => {
        const models = await listAll(context, 'model');
        if (options.json) {
          printJson(models);
          return;
        }
        const versions = models.flatMap((one) =>
          (one.versions as Row[]).map((version) => ({ ...version, aliases: aliasesOf(one, version) }) as Row),
        );
        printRows(
          versions,
          {
            version: (row) => `${row.model}:${row.version}`,
            aliases: (row) => row.aliases,
            origin: (row) => row.origin,
            'AUC, hold-out': (row) => textOf((row.metrics as Record<string, number>)['holdOut.auc']),
            digest: (row) => String((row.artifact as Row).digest).slice(0, 16),
            description: (row) => row.description,
          },
          {},
        );
      }),
    );
  model
    .command('show <model[:version]>')
    .description('One version: signature, digest, lineage')
    .option('--json', 'as JSON')
    .action((reference: string, options: OutputOptions) =>
      withContext(async (context) => {
        const { model: name, version } = await modelVersion(context, reference);
        const versions = (await findOne(context, 'model', name)).versions as Row[];
        const found = versions[version - 1];
        if (!found) throw new CliError(`${name} has ${versions.length} version(s), and ${version} is none of them.`);
        printDetails(found, options);
      }),
    );
  model
    .command('card <model:version>')
    .description('What the log says about a version, as Markdown: each sentence with topic, partition and offset')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      "\nExamples:\n  $ millrace model card flights-late:1 > card.md\n  $ millrace model card flights-late --json | jq '.fields[] | select(.missing)'",
    )
    .action((reference: string, options: OutputOptions) =>
      withContext(async (context) => {
        const { model: name, version } = namedVersion(reference) ?? (await modelVersion(context, reference));
        const { readCard } = await import('../card/read-card.js');
        const { writeMarkdown } = await import('../card/write-markdown.js');
        const card = await readCard(context, name, version);
        if (!card) throw new CliError(`The log says nothing of ${name}:${version}.`, EXIT.failed, 'UNKNOWN_VERSION');
        if (options.json) printJson(card);
        else process.stdout.write(writeMarkdown(card));
      }),
    );
  model
    .command('import <model> <file.onnx>')
    .description('Register an ONNX file as the next version of a model')
    .option('--description <text>', 'what it is', '')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ millrace model import fraud fraud.onnx\n  $ millrace model import fraud fraud.onnx --description "from the notebook of May"\n  $ millrace model import fraud fraud.onnx --json',
    )
    .action((name: string, file: string, options: { description: string; json?: boolean }) =>
      withContext(async (context) => {
        const bytes = await readFile(file).catch((error: Error) =>
          Promise.reject(new CliError(`The file cannot be read: ${error.message}`, EXIT.usage)),
        );
        const stored = await context.gateway.put('/api/v1/artifacts', bytes);
        await context.gateway.command('ImportModel', {
          model: name,
          artifact: { ...stored, mediaType: 'application/onnx' },
          description: options.description,
        });
        const versions = (await findOne(context, 'model', name)).versions as Row[];
        const imported = versions.find((one) => (one.artifact as Row).digest === stored.digest)!;
        if (options.json) printJson(imported);
        else printDone(`${name}:${imported.version}, digest ${stored.digest.slice(0, 16)}...`);
      }),
    );
  model
    .command('alias <model:version> <alias>')
    .description('Let an alias name a version')
    .action((reference: string, alias: string) =>
      withContext(async (context) => {
        const named = await modelVersion(context, reference);
        await context.gateway.command('SetModelAlias', { ...named, alias });
        printDone(`${named.model}@${alias} is ${named.model}:${named.version}`);
      }),
    );
}

function aliasesOf(model: Row, version: Row): string {
  const names = Object.entries(model.aliases as Record<string, number>).filter(
    ([, number]) => number === version.version,
  );
  return names.map(([name]) => `@${name}`).join(' ');
}
