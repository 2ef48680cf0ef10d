import pc from 'picocolors';
import { textOf, timeOf } from '../terminal/print';
import { wrap } from '../terminal/wrap';
import type { Story, StoryNode } from './story';

/** Of the lines of a detail, without what draws the graph before them. */
const WIDTH = 100;
const MOST_LINES = 5;

/** The story as a graph for the terminal: what came last stands above, what it came from below it. */
export function drawStory({ nodes }: Story): string[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const used = new Set(nodes.flatMap(({ from }) => from));
  const drawn = new Set<string>();
  return nodes.filter(({ id }) => !used.has(id)).flatMap((root) => [...branch(root, '', '', byId, drawn), '']);
}

function branch(
  node: StoryNode,
  head: string,
  under: string,
  byId: ReadonlyMap<string, StoryNode>,
  drawn: Set<string>,
): string[] {
  const line = `${head}${pc.bold(node.kind)} ${node.title}`;
  if (drawn.has(node.id)) return [`${line} ${pc.dim('(above)')}`];
  drawn.add(node.id);
  const children = node.from.map((id) => byId.get(id)).filter((one) => one !== undefined);
  const inner = `${under}${children.length > 0 ? '│  ' : '   '}`;
  const where = node.place === null ? [] : [`${node.id}  ${timeOf(node.at)}`];
  const details = Object.entries(node.details)
    .filter(([, value]) => value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0))
    .flatMap(([name, value]) => linesOf(name, isTime(name) ? timeOf(value) : textOf(value)));
  return [
    line,
    ...[...where, ...details].map((text) => `${inner}${pc.dim(text)}`),
    ...children.flatMap((child, index) => {
      const last = index === children.length - 1;
      return branch(child, `${under}${last ? '└─ ' : '├─ '}`, `${under}${last ? '   ' : '│  '}`, byId, drawn);
    }),
  ];
}

/** Metrics and long lists go on in lines below; very long ones are whole in --json. */
function linesOf(name: string, text: string): string[] {
  const [first, ...more] = wrap(`${name}: ${text}`, WIDTH, MOST_LINES, '... the rest is in --json');
  return [first!, ...more.map((line) => `   ${line}`)];
}

const isTime = (name: string): boolean => name === 'decidedAt' || name === 'eventTime' || name === 'deadline';
