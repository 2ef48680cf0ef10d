import type { Context } from '../platform/context';
import { CliError, EXIT } from '../terminal/cli-error';
import { nearestName } from '../terminal/nearest-name';

export type Row = Record<string, unknown>;

/** Where the gateway lists each kind of thing, and which member names it. */
const COLLECTIONS = {
  source: { path: '/api/v1/sources', id: 'source' },
  dataset: { path: '/api/v1/datasets', id: 'dataset' },
  verdict: { path: '/api/v1/verdicts', id: 'dataset' },
  expectations: { path: '/api/v1/expectations', id: 'source' },
  run: { path: '/api/v1/runs', id: 'run' },
  model: { path: '/api/v1/models', id: 'model' },
  endpoint: { path: '/api/v1/endpoints', id: 'endpoint' },
  release: { path: '/api/v1/releases', id: 'endpoint' },
  learner: { path: '/api/v1/learners', id: 'learner' },
  risk: { path: '/api/v1/risks', id: 'model' },
  policy: { path: '/api/v1/policies', id: 'policy' },
  approval: { path: '/api/v1/approvals', id: 'release' },
  window: { path: '/api/v1/windows', id: 'id' },
  quality: { path: '/api/v1/quality', id: 'id' },
  alert: { path: '/api/v1/alerts', id: 'alert' },
  trigger: { path: '/api/v1/triggers', id: 'trigger' },
} as const;

export type Kind = keyof typeof COLLECTIONS;

export const listAll = (context: Context, kind: Kind): Promise<Row[]> =>
  context.gateway.get<Row[]>(COLLECTIONS[kind].path);

/** The thing of that name. @throws CliError that names the nearest name when there is none. */
export async function findOne(context: Context, kind: Kind, name: string): Promise<Row> {
  const all = await listAll(context, kind);
  const found = all.find((row) => row[COLLECTIONS[kind].id] === name);
  if (found) return found;
  const names = all.map((row) => String(row[COLLECTIONS[kind].id]));
  const nearest = nearestName(name, names);
  const hint = nearest
    ? ` Did you mean ${nearest}?`
    : names.length > 0
      ? ` There are: ${names.slice(0, 10).join(', ')}.`
      : ' There is none yet.';
  throw new CliError(`There is no ${kind} ${name}.${hint}`, 1, `UNKNOWN_${kind.toUpperCase()}`);
}

/** Throws unless data sets can be cut from what is named: a source, or the labelled examples of one major of an endpoint. */
export async function findDatasetSource(context: Context, name: string): Promise<void> {
  const [, endpoint, major] = /^(.*)\.v(\d+)$/.exec(name) ?? [];
  if (endpoint === undefined) await findOne(context, 'source', name);
  else majorOf(await findOne(context, 'endpoint', endpoint), Number(major));
}

/** That major of an endpoint; the newest when none is wanted. @throws CliError when it has no such major. */
export function majorOf({ endpoint, majors }: Row, wanted: number | null): number {
  const numbers = (majors as { major: number }[]).map(({ major }) => major);
  const newest = numbers.at(-1)!;
  if (wanted === null || numbers.includes(wanted)) return wanted ?? newest;
  throw new CliError(`${endpoint} has majors 1 to ${newest}; ${wanted} is none of them.`, EXIT.usage);
}

/** `flights-late:3`, for which nobody needs to be asked; null for any other reference. */
export function namedVersion(reference: string): { model: string; version: number } | null {
  const match = /^([a-z][a-z0-9-]{0,62}):(\d+)$/.exec(reference);
  return match ? { model: match[1]!, version: Number(match[2]) } : null;
}

/** `flights-late:3`, `flights-late@champion` or `flights-late` (the newest) as model and version. */
export async function modelVersion(context: Context, reference: string): Promise<{ model: string; version: number }> {
  const match = /^([a-z][a-z0-9-]{0,62})(?::(\d+)|@([a-z][a-z0-9-]{0,62}))?$/.exec(reference);
  if (!match)
    throw new CliError(
      `"${reference}" names no model version: write <model>, <model>:<version> or <model>@<alias>.`,
      2,
    );
  const model = await findOne(context, 'model', match[1]!);
  const aliases = model.aliases as Record<string, number>;
  const version = match[2] ? Number(match[2]) : match[3] ? aliases[match[3]] : (model.versions as unknown[]).length;
  if (version === undefined)
    throw new CliError(`${match[1]} has no alias ${match[3]}. It has: ${Object.keys(aliases).join(', ') || 'none'}.`);
  return { model: match[1]!, version };
}

/** Asks again until the thing is in the gateway's view: a fact is a moment on the way from the log to the view. */
export async function untilThere<T>(look: () => Promise<T | null>, what: string, timeoutMs = 30_000): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() > end)
      throw new CliError(
        `${what} did not come to be within ${timeoutMs / 1000} s: millrace status shows which service is away.`,
      );
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}
