// The live page: one stream of snapshots from the gateway, drawn as they come. No framework, no dependency.
// The key comes in the fragment of the address, which browsers never send to a server; it is kept for this tab only.
import { drawFlow, svg } from './flow.js';

const byId = (id) => document.getElementById(id);
const KEY = 'millrace-key';
const HISTORY = 120;
const histories = new Map();

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children.map((child) => (child instanceof Node ? child : document.createTextNode(String(child)))));
  return node;
}

const number = new Intl.NumberFormat('en');
const rate = (value) => `${value >= 10 || value === 0 ? number.format(Math.round(value)) : value.toFixed(1)}/s`;
const time = (ms) => new Date(ms).toLocaleTimeString();
const shorten = (text) => (text.length > 40 ? `${text.slice(0, 37)}...` : text);
const facts = (pairs) =>
  element('dl', {}, ...pairs.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]));

function outputsOf(response) {
  if (response.outputs === null) return response.reasonCode ?? '';
  return Object.entries(response.outputs)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? value.toPrecision(4) : value}`)
    .join(', ');
}

function remember(name, value) {
  const history = histories.get(name) ?? [];
  history.push(value);
  if (history.length > HISTORY) history.shift();
  histories.set(name, history);
  return history;
}

function sparkline(name, value) {
  const history = remember(name, value);
  const top = Math.max(1, ...history);
  const points = history.map((one, index) => `${(index * 600) / (HISTORY - 1)},${92 - (one / top) * 86}`);
  const line = svg('polyline', { points: points.join(' ') });
  const label = `responses a second over the last ${history.length} seconds, at most ${rate(top)}`;
  return svg(
    'svg',
    { class: 'spark', viewBox: '0 0 600 96', preserveAspectRatio: 'none', role: 'img', 'aria-label': label },
    svg('title', {}, label),
    line,
  );
}

function endpointCard(endpoint, risks) {
  const live = endpoint.live;
  return element(
    'article',
    { class: 'card' },
    element('h3', {}, endpoint.endpoint, endpoint.status === 'RETIRED' ? ' (retired)' : ''),
    facts([
      [
        'released',
        live
          ? `${live.arms.map((arm) => `${arm.model}:${arm.version}`).join(', ')} (revision ${live.revision}, since ${time(live.since)})`
          : 'nothing now',
      ],
      ...(live ? [['risk class', riskOf(live, risks)]] : []),
      ['requests', `${number.format(endpoint.requests.records)} (${rate(endpoint.requests.rate)})`],
      ['responses', `${number.format(endpoint.responses.records)} (${rate(endpoint.responses.rate)})`],
      ['lag', number.format(endpoint.lag)],
      ['dead letters', number.format(endpoint.deadLetters.records)],
    ]),
    sparkline(`endpoint ${endpoint.endpoint}`, endpoint.responses.rate),
  );
}

/** The class of each model that an endpoint serves. */
const riskOf = (live, risks) =>
  [
    ...new Set(live.arms.map(({ model }) => risks.find((one) => one.model === model)?.riskClass ?? 'not classified')),
  ].join(', ');

/** A release that waits: what it lacks, and what to do about it. */
function approvalCard({ endpoint, model, version, riskClass, proposedBy, approvedBy, missing, since }) {
  return element(
    'article',
    { class: 'card' },
    element('h3', {}, `${model}:${version}`, ` on ${endpoint}`),
    facts([
      ['risk class', riskClass],
      ['proposed', `by ${proposedBy}, ${time(since)}`],
      ['approved', approvedBy.length ? `by ${approvedBy.join(', ')}` : 'by nobody yet'],
    ]),
    element(
      'ul',
      { class: 'missing' },
      ...missing.map(({ what, next }) => element('li', {}, what, element('code', {}, next))),
    ),
  );
}

function runCard(run) {
  const card = element(
    'article',
    { class: 'card' },
    element('h3', {}, run.version ?? run.model, run.dataset ? ` on ${run.dataset}` : ''),
  );
  const pairs = [['status', run.status]];
  if (run.progress) pairs.push(['phase', run.progress.phase]);
  if (run.holdOut?.auc !== undefined)
    pairs.push(
      ['AUC, hold-out set', run.holdOut.auc.toFixed(4)],
      ['AUC, baseline', (run.baseline?.auc ?? 0.5).toFixed(4)],
    );
  if (run.reason) pairs.push(['reason', run.reason]);
  card.append(facts(pairs));
  if (run.progress) card.append(element('progress', { max: run.progress.total || 1, value: run.progress.done }));
  return card;
}

/** Log loss over the reports: the learner, the model that is released, and the mean of all labels, which needs no features. */
function learnerPlot(reports) {
  const lines = ['floor', 'released', 'learner'];
  const values = reports.flatMap((report) => lines.map((line) => report[line])).filter((value) => value !== null);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const y = (value) => 90 - ((value - low) / (high - low || 1)) * 84;
  const x = (index) => (index * 600) / Math.max(1, reports.length - 1);
  const drawn = lines.map((line) =>
    svg('polyline', {
      class: line,
      points: reports.flatMap((one, index) => (one[line] === null ? [] : [`${x(index)},${y(one[line])}`])).join(' '),
    }),
  );
  const changes = reports.flatMap((one, index) =>
    index > 0 && (one.rose ?? 0) > (reports[index - 1].rose ?? 0)
      ? [svg('line', { class: 'change', x1: x(index), x2: x(index), y1: 0, y2: 96 })]
      : [],
  );
  const label = `log loss from ${low.toFixed(3)} to ${high.toFixed(3)} over ${reports.length} reports: learner, released model, mean of labels; ${changes.length} times the errors became larger`;
  return svg(
    'svg',
    { class: 'spark losses', viewBox: '0 0 600 96', preserveAspectRatio: 'none', role: 'img', 'aria-label': label },
    svg('title', {}, label),
    ...changes,
    ...drawn,
  );
}

/** What the guard of a learner keeps away more of than is usual. */
const GUARD = {
  BURST: 'a burst of surprising labels',
  SPIKES: 'many surprising labels',
  LABELS: 'labels that are none',
};

function learnerCard({ learner, endpoint, algorithm, status, guard, reports }) {
  const latest = reports.at(-1);
  const loss = (value) => (value === null || value === undefined ? '-' : value.toFixed(4));
  const card = element('article', { class: 'card' }, element('h3', {}, learner, ` on ${endpoint}`));
  card.append(
    facts([
      ['algorithm', algorithm],
      ['status', latest?.burst ? `${status}, the guard holds it back` : status],
      ['examples', latest ? number.format(latest.taken) : 'none reported yet'],
      ['log loss', element('span', { class: 'learner' }, loss(latest?.learner))],
      ['released model', element('span', { class: 'released' }, loss(latest?.released))],
      ['mean of labels', element('span', { class: 'floor' }, loss(latest?.floor))],
      ['changes found', latest?.rose ?? '-'],
      ...(guard.length > 0 ? [['kept away', guard.map((trip) => GUARD[trip] ?? trip).join(', ')]] : []),
    ]),
  );
  if (reports.length > 1) card.append(learnerPlot(reports));
  return card;
}

/** Lines over the windows of an endpoint; `lines` are name -> value of a window, null where there is none. */
function windowPlot(windows, lines, label) {
  const values = windows.flatMap((one) => Object.values(lines).map((line) => line(one))).filter((one) => one !== null);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const y = (value) => 90 - ((value - low) / (high - low || 1)) * 84;
  const x = (index) => (index * 600) / Math.max(1, windows.length - 1);
  const drawn = Object.entries(lines).map(([name, line]) =>
    svg('polyline', {
      class: name,
      points: windows.flatMap((one, index) => (line(one) === null ? [] : [`${x(index)},${y(line(one))}`])).join(' '),
    }),
  );
  const alarms = windows.flatMap(({ alarms = [] }, index) =>
    alarms.length ? [svg('line', { class: 'change', x1: x(index), x2: x(index), y1: 0, y2: 96 })] : [],
  );
  const range = `${label}, from ${low.toFixed(3)} to ${high.toFixed(3)} over ${windows.length} windows`;
  return svg(
    'svg',
    { class: 'spark losses', viewBox: '0 0 600 96', preserveAspectRatio: 'none', role: 'img', 'aria-label': range },
    svg('title', {}, range),
    ...alarms,
    ...drawn,
  );
}

const day = (at) => new Date(at).toISOString().slice(0, 10);
const figure = (value, digits = 3) => (value === null || value === undefined ? '-' : value.toFixed(digits));

/** What came, window by window: how far the column that moved most is from training. */
function windowsCard({ id, windows }) {
  const latest = windows.at(-1);
  const card = element('article', { class: 'card windows' }, element('h3', {}, id, ' against training'));
  card.append(
    facts([
      ['last window', `${day(latest.start)}, ${number.format(latest.rows)} responses`],
      ['largest PSI beyond chance', element('span', { class: 'learner' }, figure(latest.shift))],
      ['windows with an alarm', windows.filter(({ alarms }) => alarms.length).length],
    ]),
  );
  if (windows.length > 1 && windows.some(({ shift }) => shift !== null))
    card.append(
      windowPlot(windows, { learner: ({ shift }) => shift }, 'largest population stability index beyond chance'),
    );
  return card;
}

/** How good the answers were, by the outcomes that came: how often it happened, and how often it was said to. */
function qualityCard({ id, windows }) {
  const latest = windows.at(-1);
  const card = element('article', { class: 'card quality' }, element('h3', {}, id, ', quality'));
  card.append(
    facts([
      ['last window', `${day(latest.start)}, ${number.format(latest.examples)} examples`],
      ['AUC', `${figure(latest.auc)}, hold-out set ${figure(latest.holdOutAuc)}`],
      ['label rate', element('span', { class: 'released' }, figure(latest.labelRate))],
      ['mean score', element('span', { class: 'learner' }, figure(latest.meanScore))],
    ]),
  );
  if (windows.length > 1 && windows.some(({ labelRate }) => labelRate !== null)) {
    const lines = { released: ({ labelRate }) => labelRate, learner: ({ meanScore }) => meanScore };
    card.append(windowPlot(windows, lines, 'label rate and mean score'));
  }
  if (windows.length > 1 && windows.some(({ auc }) => auc !== null)) {
    const lines = { floor: ({ holdOutAuc }) => holdOutAuc, learner: ({ auc }) => auc };
    card.append(windowPlot(windows, lines, 'AUC and that of the hold-out set'));
  }
  return card;
}

function alertCard({ alert, status, raisedAt, start, statement, acknowledged }) {
  return element(
    'article',
    { class: 'card alert' },
    element('h3', {}, alert),
    facts([
      ['status', acknowledged ? `${status} by ${acknowledged.by}: ${acknowledged.note}` : status],
      ['raised', new Date(raisedAt).toLocaleString()],
      ['window', day(start)],
      ['seen', statement],
    ]),
  );
}

/** Lag of all consumer groups together over the last quarter of an hour, and who lags most now. */
function lagCard({ everyMs, total, most }) {
  const known = total.filter((one) => one !== null);
  const [now, top] = [total.at(-1), Math.max(1, ...known)];
  const x = (index) => (index * 600) / Math.max(1, total.length - 1);
  const points = total.flatMap((one, index) => (one === null ? [] : [`${x(index)},${92 - (one / top) * 86}`]));
  const minutes = Math.round((total.length * everyMs) / 60_000);
  const label = `lag of all groups over the last ${minutes} minutes, at most ${number.format(top)}`;
  return element(
    'article',
    { class: 'card' },
    element('h3', {}, 'all consumer groups'),
    facts([
      ['now', now === null || now === undefined ? 'not known' : number.format(now)],
      [`most in ${minutes} minutes`, known.length ? number.format(Math.max(...known)) : '-'],
      ...most.map(({ group, topic, lag }) => [`${group} on ${topic}`, number.format(lag)]),
    ]),
    svg(
      'svg',
      { class: 'spark', viewBox: '0 0 600 96', preserveAspectRatio: 'none', role: 'img', 'aria-label': label },
      svg('title', {}, label),
      svg('polyline', { points: points.join(' ') }),
    ),
  );
}

function responseRow(response) {
  return element(
    'tr',
    {},
    element('td', {}, time(response.decidedAt)),
    element('td', {}, response.endpoint),
    element('td', {}, shorten(response.requestId)),
    element('td', { class: response.status }, response.status),
    element('td', {}, outputsOf(response)),
    element('td', {}, response.decision ? `${response.decision.model}:${response.decision.version}` : '-'),
    element('td', {}, response.releaseRevision),
  );
}

const emptyRow = (columns, text) => element('tr', {}, element('td', { colspan: columns, class: 'empty' }, text));
const nothingIn = (id, text) => byId(id).childElementCount || byId(id).append(element('p', { class: 'empty' }, text));

function draw(snapshot) {
  byId('board').hidden = false;
  byId('connection').textContent = `live, ${time(snapshot.at)}`;
  byId('flow').replaceChildren(drawFlow(snapshot, rate));
  byId('endpoints').replaceChildren(...snapshot.endpoints.map((endpoint) => endpointCard(endpoint, snapshot.risks)));
  nothingIn('endpoints', 'none yet');
  byId('responses').replaceChildren(
    ...(snapshot.responses.length ? snapshot.responses.map(responseRow) : [emptyRow(7, 'none yet')]),
  );
  byId('runs').replaceChildren(...snapshot.runs.map(runCard));
  nothingIn('runs', 'no run yet');
  byId('approvals-section').hidden = snapshot.approvals.length === 0;
  byId('approvals').replaceChildren(...snapshot.approvals.map(approvalCard));
  byId('learners').replaceChildren(...snapshot.learners.map(learnerCard));
  nothingIn('learners', 'no learner yet');
  byId('alerts-section').hidden = snapshot.alerts.length === 0;
  byId('alerts').replaceChildren(...snapshot.alerts.map(alertCard));
  byId('watched').replaceChildren(...snapshot.windows.map(windowsCard), ...snapshot.quality.map(qualityCard));
  nothingIn('watched', 'no window is over yet');
  byId('lag').replaceChildren(lagCard(snapshot.lag));
  const dead = snapshot.topics.filter((topic) => topic.class === 'dead letters' || topic.class === 'quarantine');
  byId('dead').replaceChildren(
    ...(dead.length
      ? dead.map((topic) =>
          element(
            'tr',
            {},
            element('td', {}, topic.name),
            element('td', { class: topic.records > 0 ? 'number some' : 'number' }, number.format(topic.records)),
            element('td', { class: 'number' }, rate(topic.rate)),
          ),
        )
      : [emptyRow(3, 'none')]),
  );
  byId('services').replaceChildren(
    ...snapshot.services.map((service) =>
      element(
        'span',
        { class: `chip ${service.ready ? 'ready' : 'not-ready'}`, title: service.reason ?? '' },
        service.service,
        service.ready ? '' : `: ${service.reason ?? 'not ready'}`,
      ),
    ),
  );
}

// EventSource cannot carry an Authorization header, so the stream is read with fetch and cut at blank lines.
async function stream(key) {
  const response = await fetch('api/v1/live', {
    headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream' },
  });
  if (response.status === 401 || response.status === 403) return askForKey();
  if (!response.ok || !response.body) throw new Error(`the gateway answered ${response.status}`);
  byId('key-form').hidden = true;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ''; ; ) {
    const { value, done } = await reader.read();
    if (done) throw new Error('the stream ended');
    const events = (rest + value).split('\n\n');
    rest = events.pop();
    for (const event of events) {
      const data = event
        .split('\n')
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice(5))
        .join('\n');
      if (data) draw(JSON.parse(data));
    }
  }
}

function askForKey() {
  sessionStorage.removeItem(KEY);
  byId('connection').textContent = 'a key is needed';
  byId('key-form').hidden = false;
}

async function open(key) {
  sessionStorage.setItem(KEY, key);
  for (;;) {
    try {
      await stream(key);
      if (!byId('key-form').hidden) return;
    } catch (error) {
      byId('connection').textContent = `no connection (${error.message}), trying again ...`;
    }
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}

byId('key-form').addEventListener('submit', (event) => {
  event.preventDefault();
  open(byId('key').value.trim());
});

const fragment = new URLSearchParams(location.hash.slice(1)).get('key');
if (fragment) history.replaceState(null, '', location.pathname);
const known = fragment ?? sessionStorage.getItem(KEY);
if (known) open(known);
else askForKey();
