// docs/generated/errors.md: every stable code, what it means and what to do.
const { code, page, table } = require('./markdown.cjs');

const INTRO = `Every stable code of Millrace: in the \`reasonCode\` of responses, dead letters and refusals, in the \`code\` of HTTP problems, log lines and the
CLI. Codes never change their meaning. Where a code is marked as tried again, Millrace does so by itself.`;

const SECTIONS = {
  RECORD: 'In dead letters and quarantine: a record cannot be processed',
  RESPONSE: 'In responses: a request was answered, but not by a prediction',
  WARNING: 'In the warnings of a response: a prediction was made, with doubts',
  SUSPICION: 'In verdicts: what a profile found odd in a data set',
  REFUSAL: 'In facts: a command was refused',
  HTTP: "At the gateway's door",
  CLI: 'On the command line',
  INFRASTRUCTURE: 'The ground is away: everything pauses and goes on by itself',
  PROCESS: 'Inside a process: settings, start, code',
};

function outputs() {
  const { ERROR_CODES } = require('@millrace/contracts');
  const entries = Object.entries(ERROR_CODES);
  const blocks = Object.entries(SECTIONS).flatMap(([where, title]) => {
    const rows = entries.filter(([, one]) => one.places.includes(where)).sort(([a], [b]) => (a < b ? -1 : 1));
    return [
      `## ${title}`,
      table(
        ['code', 'cause', 'what to do'],
        rows.map(([name, one]) => [code(name), one.cause, one.fix]),
      ),
    ];
  });
  return [{ file: 'docs/generated/errors.md', content: page('Error codes', INTRO, blocks) }];
}

module.exports = { SECTIONS, outputs };
