// The picture of the flow: records to a model on the upper line, requests to responses on the lower one.
const SVG = 'http://www.w3.org/2000/svg';

export function svg(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

const WIDTH = 128;
const HEIGHT = 62;

function box(x, y, title, texts, kind = 'box', busy = false) {
  const lines = texts.filter(([text]) => text !== '');
  const top = y + 20 + (2 - lines.length) * 7;
  return svg(
    'g',
    {},
    svg('rect', {
      x,
      y,
      width: WIDTH,
      height: HEIGHT,
      rx: kind === 'topic' ? 30 : 8,
      class: `${kind}${busy ? ' busy' : ''}`,
    }),
    svg('text', { x: x + WIDTH / 2, y: top, 'text-anchor': 'middle' }, title),
    ...lines.map(([text, look], index) =>
      svg('text', { x: x + WIDTH / 2, y: top + 17 + index * 15, 'text-anchor': 'middle', class: look }, text),
    ),
  );
}

const arrow = (path, moving) => svg('path', { d: path, 'marker-end': 'url(#tip)', class: moving ? 'moving' : '' });
const right = (x, y, moving) => arrow(`M${x + WIDTH} ${y + HEIGHT / 2} h16`, moving);
const sum = (list, pick) => list.reduce((total, one) => total + pick(one), 0);
const plural = (many, one) => `${count.format(many)} ${one}${many === 1 ? '' : 's'}`;
const count = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** @returns an SVG element of the snapshot; rates of several sources or endpoints are added up. */
export function drawFlow(snapshot, rate) {
  const of = (kind) => snapshot.topics.filter((topic) => topic.class === kind);
  const moved = (kind) => sum(of(kind), (topic) => topic.rate);
  const topic = (kind) => [
    [
      plural(
        sum(of(kind), (one) => one.records),
        'record',
      ),
      'small',
    ],
    [rate(moved(kind)), 'rate'],
  ];
  const lag = sum(snapshot.endpoints, (endpoint) => endpoint.lag);
  const running = snapshot.runs.find((run) => run.status === 'RUNNING');
  const live = snapshot.endpoints.find((endpoint) => endpoint.live)?.live;
  const liveName = live ? `${live.arms[0].model}:${live.arms[0].version}` : 'none';
  const x = (index) => 8 + index * 144;
  const upper = 24;
  const lower = 150;
  return svg(
    'svg',
    { viewBox: '0 0 1016 236', role: 'img', 'aria-label': 'Flow of records to a model and of requests to responses' },
    svg(
      'defs',
      {},
      svg(
        'marker',
        { id: 'tip', viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto' },
        svg('path', { d: 'M0 0 L8 4 L0 8', fill: 'none' }),
      ),
    ),
    box(x(0), upper, 'records', topic('raw records'), 'topic', moved('raw records') > 0),
    right(x(0), upper, moved('raw records') > 0),
    box(x(1), upper, 'ingestion', [
      ['sorts', 'small'],
      [`${count.format(sum(of('quarantine'), (one) => one.records))} quarantined`, 'small'],
    ]),
    right(x(1), upper, moved('accepted records') > 0),
    box(x(2), upper, 'accepted', topic('accepted records'), 'topic', moved('accepted records') > 0),
    right(x(2), upper, false),
    box(x(3), upper, 'data sets', [
      [String(snapshot.datasets.length), 'rate'],
      [snapshot.datasets.at(-1)?.dataset ?? '', 'small'],
    ]),
    right(x(3), upper, Boolean(running)),
    box(x(4), upper, 'training', [
      [running ? (running.progress?.phase ?? 'starting') : plural(snapshot.runs.length, 'run'), 'small'],
      [
        running ? `${Math.round((100 * (running.progress?.done ?? 0)) / (running.progress?.total || 1))} %` : '',
        'rate',
      ],
    ]),
    right(x(4), upper, false),
    box(x(5), upper, 'registry', [
      [
        plural(
          sum(snapshot.models, (model) => model.versions),
          'version',
        ),
        'small',
      ],
    ]),
    right(x(5), upper, false),
    box(x(6), upper, 'released', [
      [liveName, 'rate'],
      [live ? `revision ${live.revision}` : '', 'small'],
    ]),
    arrow(`M${x(6) + WIDTH / 2} ${upper + HEIGHT} V${lower - 28} H${x(3) + WIDTH / 2} V${lower - 2}`, false),
    box(x(1), lower, 'requests', topic('requests'), 'topic', moved('requests') > 0),
    arrow(`M${x(1) + WIDTH} ${lower + HEIGHT / 2} H${x(3) - 2}`, moved('requests') > 0),
    box(x(3), lower, 'inference', [
      [plural(snapshot.endpoints.length, 'endpoint'), 'small'],
      [`lag ${count.format(lag)}`, lag > 1000 ? 'lagging' : 'small'],
    ]),
    arrow(`M${x(3) + WIDTH} ${lower + HEIGHT / 2} H${x(5) - 2}`, moved('responses') > 0),
    box(x(5), lower, 'responses', topic('responses'), 'topic', moved('responses') > 0),
  );
}
