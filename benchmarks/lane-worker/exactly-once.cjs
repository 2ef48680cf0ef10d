// The gate before any figure counts: every request has exactly one response.
const NEVER = new AbortController().signal;

/**
 * Reads the whole response topic, read-committed.
 *
 * @param {{client: object, endpoint: object, decode: Function, expected: Iterable<string>}} options
 * @returns {Promise<{expected: number, missing: number, doubled: number, statuses: Record<string, number>}>}
 */
async function checkExactlyOnce({ client, endpoint, decode, expected }) {
  const responses = new Map();
  for (const id of expected) responses.set(id, 0);
  const statuses = {};
  const reader = client.partitionReader({ topic: endpoint.responsesTopic, maxWaitMs: 200 });
  const ends = await client.admin.endOffsets(endpoint.responsesTopic, 'committed');
  const left = new Set([...ends].filter(([, end]) => end > 0).map(([partition]) => partition));
  for (const partition of left) reader.assign(endpoint.responsesTopic, partition, 'start');
  while (left.size > 0) {
    for (const { partition, nextOffset, records } of await reader.fetch(NEVER)) {
      while (records.next()) {
        const { requestId, status } = decode(records.buffer, records.valueStart, records.valueEnd);
        const seen = responses.get(requestId);
        if (seen === undefined) continue;
        responses.set(requestId, seen + 1);
        statuses[status] = (statuses[status] ?? 0) + 1;
      }
      if (nextOffset >= ends.get(partition)) left.delete(partition);
    }
  }
  await reader.close();
  const counts = [...responses.values()];
  return {
    expected: counts.length,
    missing: counts.filter((count) => count === 0).length,
    doubled: counts.filter((count) => count > 1).length,
    statuses,
  };
}

module.exports = { checkExactlyOnce };
