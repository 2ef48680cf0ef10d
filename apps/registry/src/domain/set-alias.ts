import { type DecisionContext, NAME_PATTERN, type SetModelAlias, stamp } from '@millrace/contracts';
import { type Model, type ModelFact, versionOf } from './model';
import { refuseVersion } from './register-version';

/** Lets an alias name a version; an alias that names it already changes nothing and says so once more. */
export function setAlias(model: Model, command: SetModelAlias, context: DecisionContext): ModelFact[] {
  const refuse = (reasonCode: string, reason: string) =>
    refuseVersion(command.model, null, 'io.millrace.registry.SetModelAlias', context, { reasonCode, reason });
  if (!NAME_PATTERN.test(command.alias))
    return refuse('BAD_NAME', `Alias "${command.alias}" is not a name: use [a-z][a-z0-9-]{0,62}.`);
  if (!versionOf(model, command.version))
    return refuse(
      'UNKNOWN_VERSION',
      `${command.model} has ${model.versions.length} version(s), and ${command.version} is none of them.`,
    );
  return [
    {
      type: 'ModelAliasSet',
      data: {
        ...stamp(context),
        model: command.model,
        alias: command.alias,
        version: command.version,
        previous: model.aliases[command.alias] ?? null,
        by: context.actor,
      },
    },
  ];
}
