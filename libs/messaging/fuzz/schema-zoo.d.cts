export const schemaZoo: readonly { readonly name: string; readonly schema: string | object }[];
