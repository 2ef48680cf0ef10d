// Which port each part uses. A choice is remembered, so that addresses stay the same from start to start.
const { nextFreePort } = require('../../infra/local/ports.cjs');
const { readJson, writeJson } = require('./write-atomically.cjs');

/**
 * @param {string} file where choices are remembered
 * @param {{name: string, label: string, port: number, fixed?: number}[]} wanted ports in the order of
 *   choosing; `fixed` wins over what is remembered
 * @param {(sentence: string) => void} tell is told of every port that is not the one asked for
 * @returns {Promise<Record<string, number>>} name -> port
 */
async function choosePorts(file, wanted, tell) {
  const remembered = readJson(file, {});
  const chosen = {};
  for (const { name, label, port, fixed } of wanted) {
    const asked = fixed ?? remembered[name] ?? port;
    chosen[name] = await nextFreePort(asked, new Set(Object.values(chosen)));
    if (chosen[name] !== asked) tell(`Port ${asked} is taken by another program; ${label} uses ${chosen[name]}.`);
  }
  writeJson(file, { ...remembered, ...chosen });
  return chosen;
}

module.exports = { choosePorts };
