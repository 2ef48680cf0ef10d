// Which port each part uses. A choice is remembered, so that addresses stay the same from start to start, and held until
// its part starts: a platform that is started meanwhile chooses others.
const { holdNextFreePort } = require('../../infra/local/ports.cjs');
const { readJson, writeJson } = require('./write-atomically.cjs');

/**
 * @param {string} file where choices are remembered
 * @param {{name: string, label: string, port: number, fixed?: number}[]} wanted ports in the order of
 *   choosing; `fixed` wins over what is remembered
 * @param {(sentence: string) => void} tell is told of every port that is not the one asked for
 * @returns {Promise<{ports: Record<string, number>, letGo: (...names: string[]) => Promise<void>}>} name -> port, and what
 *   lets go those of these names, for the parts that use them; without names all
 */
async function choosePorts(file, wanted, tell) {
  const remembered = readJson(file, {});
  const chosen = {};
  const held = new Map();
  for (const { name, label, port, fixed } of wanted) {
    const asked = fixed ?? remembered[name] ?? port;
    const { port: found, letGo } = await holdNextFreePort(asked);
    chosen[name] = found;
    held.set(name, letGo);
    if (found !== asked) tell(`Port ${asked} is taken by another program; ${label} uses ${found}.`);
  }
  writeJson(file, { ...remembered, ...chosen });
  const letGo = async (...names) => {
    const those = names.length > 0 ? names : [...held.keys()];
    await Promise.all(those.map((name) => held.get(name)?.()));
    for (const name of those) held.delete(name);
  };
  return { ports: chosen, letGo };
}

module.exports = { choosePorts };
