// docs/generated/settings.md: every environment variable that is read.
const { builtModules, sourceFiles } = require('./built-modules.cjs');
const { code, page, table } = require('./markdown.cjs');
const { OUTSIDE_SERVICES } = require('./settings-outside-services.cjs');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const INTRO = `Every setting is an environment variable. An empty one counts as absent. A process that finds a wrong one lists all problems at once and does
not start. \`npm start\` sets what the services need; set your own to point elsewhere. Secrets never appear in a log or a page.`;

const TITLES = {
  process: 'Every process',
  kafka: 'Every process that speaks to the broker',
  schemaRegistry: 'Every process that reads or writes Avro',
  keys: 'Who signs and whom to believe',
  artifacts: 'Every process that reads or writes artifacts',
  database: 'Services with tables',
};

function outputs(root) {
  const { commonSettings } = require('@millrace/service');
  const groups = [
    ...Object.entries(commonSettings).map(([name, { definitions }]) => ({ title: TITLES[name], definitions })),
    ...serviceGroups(root),
    ...OUTSIDE_SERVICES,
  ];
  refuseUndocumented(root, groups);
  const blocks = groups.flatMap(({ title, definitions }) => [`## ${title}`, table(HEAD, rowsOf(definitions))]);
  return [{ file: 'docs/generated/settings.md', content: page('Settings', INTRO, blocks) }];
}

const HEAD = ['variable', 'default', 'unit', 'what it is'];

/** A service's own settings are the objects made by defineSettings that its `*.settings.ts` exports. */
function serviceGroups(root) {
  const groups = builtModules(root, '.settings.js').flatMap(({ app, exports }) =>
    Object.values(exports)
      .filter((one) => one && typeof one === 'object' && 'definitions' in one && 'read' in one)
      .map(({ definitions }) => ({ app, definitions })),
  );
  const apps = [...new Set(groups.map(({ app }) => app))];
  return apps.map((app) => ({
    title: app,
    definitions: Object.assign({}, ...groups.filter((one) => one.app === app).map((one) => one.definitions)),
  }));
}

function rowsOf(definitions) {
  return Object.entries(definitions).map(([name, setting]) => [
    code(name),
    defaultOf(setting),
    setting.unit ?? '',
    setting.doc,
  ]);
}

function defaultOf(setting) {
  if (setting.secret) return setting.optional ? 'none (secret)' : 'must be given (secret)';
  if (setting.default === undefined) return setting.optional ? 'none' : 'must be given';
  if (setting.default === os.tmpdir()) return "the system's folder for temporary files";
  const text = Array.isArray(setting.default) ? setting.default.join(',') : String(setting.default);
  return text === '' ? 'empty' : code(text);
}

/** A variable that is read behind the back of defineSettings must at least stand on the page. */
function refuseUndocumented(root, groups) {
  const known = new Set(groups.flatMap(({ definitions }) => Object.keys(definitions)));
  const files = [...sourceFiles(root), ...toolFiles(root)];
  const found = files.flatMap((file) => {
    const text = fs.readFileSync(path.join(root, file), 'utf8');
    return [...text.matchAll(/\benv(?:ironment)?\.([A-Z][A-Z0-9_]{3,})\b/g)]
      .map((match) => match[1])
      .filter(
        (name) =>
          /^(?:MILLRACE_|KAFKA_(?:BROKERS|SSL|SASL)|DATABASE_URL|SCHEMA_REGISTRY_)/.test(name) && !known.has(name),
      )
      .map((name) => `${file} reads ${name}`);
  });
  if (found.length > 0)
    throw new Error(`These variables stand on no page; declare them with defineSettings:\n  ${found.join('\n  ')}`);
}

function toolFiles(root) {
  return ['tools/start', 'tools/supervisor', 'infra'].flatMap((folder) =>
    fs
      .readdirSync(path.join(root, folder), { recursive: true })
      .filter((name) => name.endsWith('.cjs') && !name.includes('fixtures'))
      .map((name) => `${folder}/${name}`),
  );
}

module.exports = { outputs };
