import type { StoryNode } from './story';

/** Adds to each node the node that caused it, by causation id: facts lead to their commands, versions to their runs. */
export function tellCauses(nodes: readonly StoryNode[]): StoryNode[] {
  const byEvent = new Map(nodes.filter(({ eventId }) => eventId !== null).map((node) => [node.eventId, node.id]));
  return nodes.map((node) => {
    const cause = node.causationId === null ? undefined : byEvent.get(node.causationId);
    return cause === undefined || node.from.includes(cause) ? node : { ...node, from: [...node.from, cause] };
  });
}
