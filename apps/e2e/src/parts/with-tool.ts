/** `it`, or `it.skip` with the reason printed, where the test command could not get what the test needs. */
export function withTool(variable: string): typeof it | typeof it.skip {
  if (process.env[variable]) return it;
  process.stderr.write(`skipped: ${variable} is not set; npm test sets it where it can, and says why it could not\n`);
  return it.skip;
}
