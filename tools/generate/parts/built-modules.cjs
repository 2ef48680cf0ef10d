// Finds built files of the services by their name's end, such as `.settings.js`.
const fs = require('node:fs');
const path = require('node:path');

/**
 * @param {string} root @param {string} suffix
 * @returns {{app: string, exports: Record<string, unknown>}[]} by name of the app
 */
function builtModules(root, suffix) {
  const apps = path.join(root, 'apps');
  return fs
    .readdirSync(apps)
    .sort()
    .flatMap((app) => {
      const dist = path.join(apps, app, 'dist');
      const sources = path.join(apps, app, 'src');
      return filesUnder(dist, suffix)
        .filter((file) => fs.existsSync(path.join(sources, path.relative(dist, file).replace(/\.js$/, '.ts'))))
        .map((file) => ({ app, exports: require(file) }));
    });
}

/** The workspace's TypeScript sources without specs, as paths from the root. */
function sourceFiles(root) {
  return ['apps', 'libs'].flatMap((folder) =>
    fs
      .readdirSync(path.join(root, folder))
      .flatMap((project) => filesUnder(path.join(root, folder, project, 'src'), '.ts'))
      .filter((file) => !/\.spec\.ts$|\.d\.ts$|[.-]fixtures?\.ts$/.test(file))
      .map((file) => path.relative(root, file).replaceAll(path.sep, '/'))
      .sort(),
  );
}

function filesUnder(folder, suffix) {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(suffix))
    .map((name) => path.join(folder, name))
    .sort();
}

module.exports = { builtModules, sourceFiles };
