// `node tools/checks/boundaries/check.cjs`: refuses imports between projects outside the table of allowed edges.
const { judgeEdges } = require('./judge-edges.cjs');
const { readEdges } = require('./read-edges.cjs');

async function main() {
  const { projects, edges } = await readEdges();
  const complaints = judgeEdges(projects, edges);
  for (const complaint of complaints) console.error(complaint);
  // A graph without edges is a broken reading of it and no proof of anything.
  if (edges.length === 0) console.error('Nx found no import between projects at all, so nothing was checked.');
  console.log(`${projects.size} projects, ${edges.length} imports between them, ${complaints.length} refused`);
  return complaints.length === 0 && edges.length > 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
