import { AppError } from '@millrace/contracts';
import { type AvroSchema, checkLevel, parseSchema } from '@millrace/messaging';
import { invalidSchema, notPermitted } from '../domain/refusal';
import type { CompatibilityCheck } from '../domain/register-schema';
import { Refused } from '../refused';

/**
 * Reads the body that carries a schema: `{"schema": "<json>", "schemaType"?: "AVRO"}`. Answers the schema's own text, so
 * that white space and attribute order make no difference. A schema over the limits is refused like an invalid one.
 */
export function readSchemaRequest(body: unknown): string {
  const { schema, schemaType, references, id, version } = (body ?? {}) as Record<string, unknown>;
  if (schemaType !== undefined && schemaType !== null && schemaType !== 'AVRO') {
    throw new Refused(invalidSchema(`Invalid schema type ${JSON.stringify(schemaType)}: only AVRO is supported here.`));
  }
  if (Array.isArray(references) && references.length > 0) {
    throw new Refused(
      invalidSchema('Schema references are not supported here: put the named types into the schema itself.'),
    );
  }
  if (isSet(id) || isSet(version)) {
    throw new Refused(notPermitted('Ids and versions are given by the registry; import mode is not supported.'));
  }
  if (typeof schema !== 'string' || schema === '') throw new Refused(invalidSchema('Empty schema'));
  return parsed(schema).text;
}

/** Avro's compatibility rules, over texts that the log holds. */
export function avroCompatibility(): CompatibilityCheck {
  const known = new Map<string, AvroSchema>();
  return (level, text, earlier) => {
    const other = earlier.find(({ type }) => type !== 'AVRO');
    if (other && level !== 'NONE') return [`Incompatible because version ${other.version} is of type ${other.type}`];
    try {
      return checkLevel(
        level,
        parsed(text),
        earlier.map((version) => {
          const schema = known.get(version.text) ?? parseSchema(version.text);
          known.set(version.text, schema);
          return { version: version.version, schema };
        }),
      );
    } catch (error) {
      // A log that another registry wrote may hold schemas over our limits.
      if (error instanceof AppError) return [`An earlier version cannot be compared: ${error.message}`];
      throw error;
    }
  };
}

function parsed(schema: string): AvroSchema {
  try {
    return parseSchema(schema);
  } catch (error) {
    if (error instanceof AppError) throw new Refused(invalidSchema(`Invalid schema: ${error.message} [${error.code}]`));
    throw error;
  }
}

const isSet = (value: unknown): boolean => typeof value === 'number' && value > 0;
