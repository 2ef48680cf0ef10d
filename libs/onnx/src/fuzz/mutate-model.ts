import type { Random } from '@millrace/learning';
import { ALLOWED_OPERATORS } from '../gate/operators/allowed-operators';
import { ModelProto } from '../proto/onnx-messages';
import { readMessage } from '../proto/read-message';
import { writeMessage } from '../proto/write-message';

const NUMBERS = [0, 1, -1, 2, 3, 7, 255, 2 ** 16, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 1 - 2 ** 53];
const OPERATORS = [...ALLOWED_OPERATORS.values()].flatMap((operators) => [...operators.keys()]);

/** A place in the decoded model whose value can be replaced. */
interface Slot {
  readonly holder: Record<string, unknown> | unknown[];
  readonly key: string | number;
}

/**
 * One to three edits inside the decoded model, so that the bytes stay well-formed and the mutant gets past the reader: other
 * numbers, other names, other operators, elements of lists doubled or dropped.
 */
export function mutateModel(bytes: Uint8Array, random: Random): Uint8Array {
  const bounds = { messages: 1e5, texts: 1e5, numbers: 1e6 };
  const model = readMessage(ModelProto, bytes, bounds) as unknown as Record<string, unknown>;
  for (let edits = 1 + random.below(3); edits > 0; edits--) {
    const slots = slotsOf(model);
    mutateSlot(slots[random.below(slots.length)], slots, random);
  }
  return writeMessage(ModelProto, model as never);
}

function slotsOf(value: unknown): Slot[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  const holder = value as Record<string, unknown> | unknown[];
  const keys = Array.isArray(holder) ? holder.map((_, index) => index) : Object.keys(holder);
  return keys.flatMap((key) => {
    const inner = (holder as Record<string | number, unknown>)[key];
    return inner === undefined ? [] : [{ holder, key }, ...slotsOf(inner)];
  });
}

function mutateSlot({ holder, key }: Slot, slots: readonly Slot[], random: Random): void {
  const target = holder as Record<string | number, unknown>;
  const value = target[key];
  if (Array.isArray(holder) && random.below(4) === 0) {
    if (random.below(2) === 0) holder.splice(key as number, 1);
    else holder.splice(key as number, 0, structuredClone(value));
  } else if (typeof value === 'number' || typeof value === 'bigint')
    target[key] = NUMBERS[random.below(NUMBERS.length)];
  else if (key === 'opType') target[key] = OPERATORS[random.below(OPERATORS.length)];
  else if (typeof value === 'string') target[key] = anotherText(slots, random);
  else if (value instanceof Uint8Array && value.length > 0) value[random.below(value.length)] ^= 1 << random.below(8);
  else if (Array.isArray(value) && value.length > 0) target[key] = value.slice(0, random.below(value.length));
}

/** A text that stands elsewhere in the model, so that names meet. */
function anotherText(slots: readonly Slot[], random: Random): string {
  const texts = slots.flatMap(({ holder, key }) => {
    const value = (holder as Record<string | number, unknown>)[key];
    return typeof value === 'string' ? [value] : [];
  });
  return texts.length > 0 ? texts[random.below(texts.length)] : '';
}
