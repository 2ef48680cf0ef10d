// Judges the imports between projects by the table of allowed edges. Pure.
const { ALLOWED_IN_SPECS, ALLOWED_TYPES, SHARED_SCOPE } = require('./allowed-edges.cjs');

/**
 * @typedef {{name: string, tags: string[]}} Project
 * @typedef {{file: string, from: string, to: string}} Edge one file's import of another project
 *
 * @param {Map<string, Project>} projects @param {Edge[]} edges
 * @returns {string[]} one sentence a broken rule
 */
function judgeEdges(projects, edges) {
  const complaints = [...projects.values()].flatMap(tagProblems);
  if (complaints.length > 0) return complaints;
  return [...edges.flatMap((edge) => edgeProblems(projects, edge)), ...cycles(edges)];
}

const tagOf = (project, kind) => project.tags.filter((tag) => tag.startsWith(`${kind}:`));

function tagProblems(project) {
  const [types, scopes] = [tagOf(project, 'type'), tagOf(project, 'scope')];
  if (types.length === 1 && scopes.length === 1 && types[0] in ALLOWED_TYPES) return [];
  return [
    `${project.name} must have one known type:* tag and one scope:* tag in its project.json; it has ${project.tags.join(', ') || 'none'}.`,
  ];
}

function edgeProblems(projects, { file, from, to }) {
  const [source, target] = [projects.get(from), projects.get(to)];
  if (!source || !target || from === to) return [];
  const [type, targetType] = [tagOf(source, 'type')[0], tagOf(target, 'type')[0]];
  const [scope, targetScope] = [tagOf(source, 'scope')[0], tagOf(target, 'scope')[0]];
  const allowed = [...ALLOWED_TYPES[type], ...(isSpec(file) ? ALLOWED_IN_SPECS : [])];
  const problems = [];
  if (!allowed.includes(targetType) && !allowed.includes(to)) {
    problems.push(
      `${file} imports ${to}, but ${type} may not import ${targetType} (tools/checks/boundaries/allowed-edges.cjs).`,
    );
  }
  if (targetScope !== SHARED_SCOPE && targetScope !== scope) {
    problems.push(
      `${file} imports ${to}, but ${scope} may import only itself and ${SHARED_SCOPE}: services talk through topics.`,
    );
  }
  return problems;
}

const isSpec = (file) => /\.spec\.ts$|\/(test|crash|fixtures)\//.test(file);

// Specs are left out: a library's test may use the test library that is built on it.
function cycles(edges) {
  const next = new Map();
  for (const { file, from, to } of edges) {
    if (!isSpec(file) && from !== to) next.set(from, new Set([...(next.get(from) ?? []), to]));
  }
  const found = [];
  const done = new Set();
  const walk = (project, path) => {
    const at = path.indexOf(project);
    if (at !== -1)
      return found.push(`Projects import each other in a circle: ${[...path.slice(at), project].join(' -> ')}.`);
    if (done.has(project)) return undefined;
    for (const target of next.get(project) ?? []) walk(target, [...path, project]);
    return done.add(project);
  };
  for (const project of next.keys()) walk(project, []);
  return found;
}

module.exports = { judgeEdges };
