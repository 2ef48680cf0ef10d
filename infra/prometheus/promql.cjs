// Which metrics and labels a PromQL query names. It reads the language's words and brackets, not its types: Prometheus checks those.
// Grammar: https://prometheus.io/docs/prometheus/latest/querying/basics/

const TOKEN =
  /\s+|(?<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)|(?<range>\[[^\]]*\])|(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?:ms|[smhdwy])?)|(?<word>[a-zA-Z_:][a-zA-Z0-9_:.]*)|(?<sign>=~|!~|!=|==|>=|<=|[-+*/%^<>=(){},@])/y;

const AGGREGATIONS = new Set('sum avg min max count group stddev stdvar topk bottomk quantile count_values'.split(' '));
const FUNCTIONS = new Set(
  'abs absent absent_over_time avg_over_time ceil changes clamp clamp_max clamp_min count_over_time delta deriv exp floor histogram_quantile idelta increase irate label_join label_replace last_over_time ln log10 log2 max_over_time min_over_time predict_linear quantile_over_time rate resets round scalar sgn sort sort_desc sqrt stddev_over_time sum_over_time time timestamp vector'.split(
    ' ',
  ),
);
/** Before a list of labels in brackets. */
const GROUPINGS = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right']);
const OPERATORS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'atan2', 'inf', 'nan']);
const MATCHERS = new Set(['=', '!=', '=~', '!~']);

/**
 * @param {string} query
 * @returns {{metrics: {name: string, labels: string[]}[], groupedBy: string[]}} metrics with the labels that select their series;
 *   labels that results are grouped or joined by.
 * @throws Error that says what is wrong and where.
 */
function namesIn(query) {
  const tokens = tokensOf(query);
  const metrics = [];
  const groupedBy = [];
  const open = [];
  const refuse = (what) => {
    throw new Error(`${query}: ${what}`);
  };
  for (let at = 0; at < tokens.length; at++) {
    const { kind, text } = tokens[at];
    const next = tokens[at + 1]?.text;
    if (kind === 'sign' && text === '(') open.push(text);
    if (kind === 'sign' && text === ')' && open.pop() !== '(') refuse('a bracket is closed that was not opened');
    if (kind === 'sign' && (text === '{' || text === '}')) refuse('a selector without a metric names nothing to check');
    if (kind !== 'word' || OPERATORS.has(text.toLowerCase())) continue;
    if (GROUPINGS.has(text)) {
      if (next !== '(' && !text.startsWith('group_')) refuse(`${text} needs a list of labels`);
      if (next !== '(') continue;
      const end = closing(tokens, at + 1, ')') ?? refuse('a list of labels is not closed');
      groupedBy.push(...words(tokens.slice(at + 2, end)));
      at = end;
    } else if (AGGREGATIONS.has(text)) {
      if (next !== '(' && !GROUPINGS.has(next)) refuse(`${text} aggregates nothing`);
    } else if (next === '(') {
      if (!FUNCTIONS.has(text)) refuse(`there is no function ${text}`);
    } else if (next === '{') {
      const end = closing(tokens, at + 1, '}') ?? refuse('a selector is not closed');
      metrics.push({ name: text, labels: matched(tokens.slice(at + 2, end), refuse) });
      at = end;
    } else metrics.push({ name: text, labels: [] });
  }
  if (open.length > 0) refuse('a bracket is not closed');
  return { metrics, groupedBy };
}

function tokensOf(query) {
  const tokens = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < query.length) {
    const from = TOKEN.lastIndex;
    const found = TOKEN.exec(query);
    if (!found) throw new Error(`${query}: cannot read on from "${query.slice(from, from + 20)}"`);
    const [kind, text] = Object.entries(found.groups).find(([, value]) => value !== undefined) ?? [];
    if (kind) tokens.push({ kind, text });
  }
  return tokens;
}

/** Place of the sign that closes the bracket at `from`; brackets of one kind do not nest in lists and selectors. */
function closing(tokens, from, sign) {
  const place = tokens.findIndex(({ kind, text }, i) => i > from && kind === 'sign' && text === sign);
  return place < 0 ? undefined : place;
}

const words = (tokens) => tokens.filter(({ kind }) => kind === 'word').map(({ text }) => text);

/** Labels of `label="value", ...` between braces. */
function matched(tokens, refuse) {
  const labels = [];
  for (let at = 0; at < tokens.length; at += 4) {
    const [label, matcher, value, comma] = tokens.slice(at, at + 4);
    if (label?.kind !== 'word' || !MATCHERS.has(matcher?.text) || value?.kind !== 'string')
      refuse('a selector is made of label="value"');
    if (comma && comma.text !== ',') refuse('a comma is missing in a selector');
    labels.push(label.text);
  }
  return labels;
}

module.exports = { namesIn };
