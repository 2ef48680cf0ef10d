// Where an installation keeps its state: `.millrace/` in the repository, or the folder that MILLRACE_HOME names.
const path = require('node:path');

/** @param {string} root of the repository @param {NodeJS.ProcessEnv} env */
function homeOf(root, env) {
  const folder = path.resolve(root, env.MILLRACE_HOME || '.millrace');
  const at = (...names) => path.join(folder, ...names);
  return {
    root,
    folder,
    kafka: at('kafka'),
    postgres: at('postgres'),
    artifacts: at('artifacts'),
    keys: at('keys'),
    logs: at('logs'),
    logFile: (name) => at('logs', `${name}.log`),
    platformFile: at('platform.json'),
    stateFile: at('state.json'),
    processesFile: at('processes.json'),
    portsFile: at('ports.json'),
    demoFile: at('demo.json'),
  };
}

module.exports = { homeOf };
