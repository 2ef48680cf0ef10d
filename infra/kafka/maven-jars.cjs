// Fetches the jars that a pom names, once, with Maven; afterwards everything runs offline.
const { spawn } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const MAVEN = process.platform === 'win32' ? 'mvn.cmd' : 'mvn';

/** Folder of the jars of this pom below `cacheDir`; its name holds the pom's hash, so an edited pom is fetched anew. */
function jarFolder(pomFile, cacheDir) {
  const pom = fs.readFileSync(pomFile);
  return path.join(cacheDir, createHash('sha256').update(pom).digest('hex').slice(0, 16));
}

/** True when the jars lie complete in the cache, so that Maven and the network are not needed. */
function jarsPresent(pomFile, cacheDir) {
  return fs.existsSync(path.join(jarFolder(pomFile, cacheDir), 'complete'));
}

/**
 * Makes sure that the jars of `pomFile` and of all it depends on lie in one folder, and returns that folder.
 *
 * @param {{pomFile: string, cacheDir: string, onFetched?: (jar: string, count: number) => void}} options
 *   `onFetched` is told of every downloaded jar, for a progress line.
 * @returns {Promise<string>} absolute folder that holds only the jars
 */
async function resolveMavenJars({ pomFile, cacheDir, onFetched = () => {} }) {
  const folder = jarFolder(pomFile, cacheDir);
  const libs = path.join(folder, 'libs');
  if (fs.existsSync(path.join(folder, 'complete'))) return libs;

  // Fetched beside the final place and renamed, so that a killed or a second, simultaneous run leaves no half folder.
  const fetching = `${folder}.${process.pid}.fetching`;
  fs.rmSync(fetching, { recursive: true, force: true });
  fs.mkdirSync(fetching, { recursive: true });
  await runMaven(pomFile, path.join(fetching, 'libs'), onFetched);
  fs.writeFileSync(path.join(fetching, 'complete'), `${fs.readdirSync(path.join(fetching, 'libs')).length} jars\n`);
  try {
    fs.rmSync(folder, { recursive: true, force: true });
    fs.renameSync(fetching, folder);
  } catch (error) {
    fs.rmSync(fetching, { recursive: true, force: true });
    if (!fs.existsSync(path.join(folder, 'complete'))) throw error;
  }
  return libs;
}

function runMaven(pomFile, outputDirectory, onFetched) {
  const args = ['-B', '-ntp', '-f', pomFile, 'dependency:copy-dependencies', `-DoutputDirectory=${outputDirectory}`];
  return new Promise((resolve, reject) => {
    const maven = spawn(MAVEN, args, { stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' });
    const tail = [];
    let count = 0;
    const read = (chunk) => {
      for (const line of chunk.toString().split('\n')) {
        const copied = /Copying (\S+\.jar) to/.exec(line);
        if (copied) onFetched(copied[1], ++count);
        if (/ERROR|WARN/.test(line)) tail.push(line.trim());
      }
    };
    maven.stdout.on('data', read);
    maven.stderr.on('data', read);
    maven.on('error', (error) =>
      reject(
        new Error(`Maven did not start (${error.message}). Install Maven 3.6 or newer and put \`mvn\` on the PATH.`),
      ),
    );
    maven.on('close', (code) => {
      if (code === 0) return resolve();
      reject(new Error(`Maven could not fetch the jars of ${pomFile} (exit ${code}).\n${tail.slice(-6).join('\n')}`));
    });
  });
}

module.exports = { jarFolder, jarsPresent, resolveMavenJars };
