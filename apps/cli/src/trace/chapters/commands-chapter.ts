import { Topics } from '@millrace/contracts';
import { readFacts } from '../../reading/read-facts';
import type { Chapter } from '../scene';
import { nodeOf } from '../story';

const COMMAND_TOPICS = [
  Topics.registryCommands,
  Topics.governanceCommands,
  Topics.trainingCommands,
  Topics.validationCommands,
  Topics.ingestionCommands,
];

/** The commands behind the facts, by causation id. They are kept for 400 days, facts for ever. */
export const commandsChapter: Chapter = async ({ context, nodes }) => {
  const wanted = new Set(nodes.map(({ causationId }) => causationId).filter((id) => id !== null));
  const commands = await Promise.all(
    COMMAND_TOPICS.map((topic) => readFacts(context, topic, { keep: ({ id }) => wanted.has(id) })),
  );
  return commands
    .flat()
    .map((command) =>
      nodeOf(command, 'command', `${command.record.split('.').at(-1)} ${command.id}`, { about: command.key }),
    );
};
