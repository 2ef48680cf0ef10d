// Reads the projects and the imports between them from Nx's project graph of the workspace in the current folder.

/** @returns {Promise<{projects: Map<string, {name: string, tags: string[]}>, edges: {file: string, from: string, to: string}[]}>} */
async function readEdges() {
  // A daemon would go on living after a check.
  process.env.NX_DAEMON = 'false';
  const { createProjectGraphAsync } = require('nx/src/devkit-exports');
  // The graph itself says only which projects depend on each other; the files stand in the record it is made from.
  const { readFileMapCache } = require('nx/src/project-graph/nx-deps-cache');
  const graph = await createProjectGraphAsync({ exitOnError: false });
  const files = readFileMapCache()?.fileMap.projectFileMap;
  if (!files) throw new Error('Nx wrote no record of files and their imports; is nx.json still at the root?');
  const projects = new Map();
  for (const [name, node] of Object.entries(graph.nodes)) projects.set(name, { name, tags: node.data.tags ?? [] });
  const edges = Object.entries(files).flatMap(([from, list]) =>
    list.flatMap(({ file, deps = [] }) =>
      deps
        .map(targetOf)
        .filter((to) => projects.has(to))
        .map((to) => ({ file, from, to })),
    ),
  );
  return { projects, edges };
}

// A dependency is a target, [target, type] or [source, target, type].
const targetOf = (dep) => (typeof dep === 'string' ? dep : dep.at(-2));

module.exports = { readEdges };
