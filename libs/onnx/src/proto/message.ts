/**
 * Protocol-buffer messages as tables: the reader and the writer walk the same table, and the TypeScript type comes from it.
 * `opaque` fields are known but never decoded: the gate only asks whether they are there.
 */
export type FieldKind = 'string' | 'bytes' | 'int' | 'float' | 'double' | 'opaque' | Message;

export interface Field<K extends FieldKind = FieldKind, R extends boolean = boolean> {
  readonly number: number;
  readonly kind: K;
  readonly repeated: R;
}

export interface Message {
  readonly name: string;
  readonly fields: Readonly<Record<string, Field>>;
}

export function message<F extends Readonly<Record<string, Field>>>(
  name: string,
  fields: F,
): { name: string; fields: F } {
  return { name, fields };
}

export const one = <K extends FieldKind>(number: number, kind: K): Field<K, false> => ({
  number,
  kind,
  repeated: false,
});
export const many = <K extends FieldKind>(number: number, kind: K): Field<K, true> => ({
  number,
  kind,
  repeated: true,
});

/** An int64 is a number while a double holds it exactly, else a bigint. */
type ValueOf<K> = K extends 'string'
  ? string
  : K extends 'bytes' | 'opaque'
    ? Uint8Array
    : K extends 'int'
      ? number | bigint
      : K extends 'float' | 'double'
        ? number
        : K extends { fields: infer F }
          ? MessageValue<F>
          : never;

type MessageValue<F> = {
  [N in keyof F]: F[N] extends Field<infer K, true>
    ? ValueOf<K>[]
    : F[N] extends Field<infer K, false>
      ? ValueOf<K> | undefined
      : never;
};

/** What reading gives: repeated fields are arrays, singular ones may be absent. */
export type Decoded<M> = M extends { fields: infer F } ? MessageValue<F> : never;

type EncodableValue<F> = {
  [N in keyof F]?: F[N] extends Field<infer K, true>
    ? ArrayLike<K extends { fields: infer G } ? EncodableValue<G> : ValueOf<K>>
    : F[N] extends Field<infer K, false>
      ? K extends { fields: infer G }
        ? EncodableValue<G>
        : ValueOf<K>
      : never;
};

/** What writing takes: every field may be left out. */
export type Encodable<M> = M extends { fields: infer F } ? EncodableValue<F> : never;
