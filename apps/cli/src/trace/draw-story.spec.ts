import { stripVTControlCharacters } from 'node:util';
import { drawStory } from './draw-story';
import { spanOf } from './span-of';
import type { StoryNode } from './story';
import { tellCauses } from './tell-causes';

const node = (kind: string, change: Partial<StoryNode> = {}): StoryNode => ({
  id: kind,
  kind,
  title: `the ${kind}`,
  place: null,
  at: null,
  eventId: null,
  causationId: null,
  details: {},
  from: [],
  ...change,
});
const plain = (lines: string[]) => lines.map((line) => stripVTControlCharacters(line));

describe('cli > trace', () => {
  it('draws what came last above what it came from, and each node once', () => {
    const nodes = [
      node('response', { from: ['request', 'release', 'command'] }),
      node('request', { details: { key: 'k', caller: null, list: [] } }),
      node('release', { from: ['command', 'gone'], place: { topic: 't', partition: 0, offset: 1 }, at: 0 }),
      node('command'),
    ];
    expect(plain(drawStory({ requestId: 'r', endpoint: 'e', nodes, notes: [] }))).toEqual([
      'response the response',
      '├─ request the request',
      '│     key: k',
      '├─ release the release',
      '│  │  release  1970-01-01T00:00:00Z',
      '│  └─ command the command',
      '└─ command the command (above)',
      '',
    ]);
  });

  it('says details in words, in lines that fit, and never as JSON', () => {
    const decision = { model: 'm', version: 1, batch: { index: 15, size: 16 } };
    const metrics = Object.fromEntries(Array.from({ length: 7 }, (_, n) => [`holdOut.metric${n}`, n / 7]));
    const many = Array.from({ length: 200 }, (_, n) => `feature${n}`);
    const nodes = [node('response', { details: { decision, metrics, many } })];
    const lines = plain(drawStory({ requestId: 'r', endpoint: 'e', nodes, notes: [] }));
    expect(lines.slice(1, 4)).toEqual([
      '   decision: model m, version 1, batch (index 15, size 16)',
      '   metrics: holdOut.metric0 0, holdOut.metric1 0.14286, holdOut.metric2 0.28571,',
      '      holdOut.metric3 0.42857, holdOut.metric4 0.57143, holdOut.metric5 0.71429, holdOut.metric6 0.85714',
    ]);
    expect(lines.at(-2)).toBe('      ... the rest is in --json');
    expect(lines).toHaveLength(11);
    expect(lines.join('')).not.toMatch(/[{}"]/);
  });

  it('leads facts to their commands by causation ids, and to nothing twice', () => {
    const nodes = [
      node('fact', { causationId: 'c1', from: ['run'] }),
      node('run', { eventId: 'e1', causationId: 'c9' }),
      node('version', { causationId: 'e1', from: ['run'] }),
      node('command', { eventId: 'c1' }),
    ];
    expect(tellCauses(nodes).map(({ from }) => from)).toEqual([['run', 'command'], [], ['run'], []]);
  });

  it.each([
    ['30m', 1_800_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
  ])('reads %s', (text, ms) => expect(spanOf(text)).toBe(ms));

  it.each(['', '7', 'd', '1.5h', '-1h', '7w'])('refuses "%s" as a span', (text) => {
    expect(() => spanOf(text)).toThrow('--within takes a number');
  });
});
