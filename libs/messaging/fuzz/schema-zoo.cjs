/** One schema of every shape: what `parseSchema`, the walk and the codec are tested with. */
module.exports.schemaZoo = [
  { name: 'primitive long', schema: 'long' },
  { name: 'primitive string', schema: 'string' },
  {
    name: 'prediction request',
    schema: {
      type: 'record',
      name: 'Request',
      namespace: 'zoo',
      fields: [
        { name: 'requestId', type: 'string' },
        { name: 'eventTime', type: ['null', { type: 'long', logicalType: 'timestamp-millis' }], default: null },
        {
          name: 'features',
          type: {
            type: 'record',
            name: 'Features',
            fields: [
              { name: 'origin', type: 'string' },
              { name: 'destination', type: ['null', 'string'], default: null },
              { name: 'distance', type: 'double' },
              { name: 'hour', type: 'int' },
            ],
          },
        },
      ],
    },
  },
  {
    name: 'every primitive',
    schema: {
      type: 'record',
      name: 'Primitives',
      fields: ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'].map((type) => ({
        name: `f_${type}`,
        type,
      })),
    },
  },
  { name: 'vector of floats', schema: { type: 'array', items: 'float' } },
  { name: 'array of null', schema: { type: 'array', items: 'null' } },
  {
    name: 'array of empty records',
    schema: { type: 'array', items: { type: 'record', name: 'Empty', fields: [] } },
  },
  { name: 'map of maps', schema: { type: 'map', values: { type: 'map', values: ['null', 'int'] } } },
  {
    name: 'general union',
    schema: [
      'null',
      'int',
      'string',
      { type: 'array', items: 'long' },
      {
        type: 'record',
        name: 'Pair',
        fields: [
          { name: 'a', type: 'double' },
          { name: 'b', type: 'bytes' },
        ],
      },
    ],
  },
  {
    name: 'enum and fixed',
    schema: {
      type: 'record',
      name: 'Named',
      fields: [
        {
          name: 'status',
          type: { type: 'enum', name: 'Status', symbols: ['UNKNOWN', 'OK', 'BAD'], default: 'UNKNOWN' },
        },
        { name: 'digest', type: { type: 'fixed', name: 'Digest', size: 16 } },
        { name: 'again', type: ['null', 'Status', 'Digest'] },
      ],
    },
  },
  {
    name: 'linked list',
    schema: {
      type: 'record',
      name: 'Node',
      fields: [
        { name: 'value', type: 'int' },
        { name: 'next', type: ['null', 'Node'], default: null },
      ],
    },
  },
  {
    name: 'tree in arrays',
    schema: {
      type: 'record',
      name: 'Tree',
      namespace: 'zoo.deep',
      fields: [
        { name: 'label', type: 'string' },
        { name: 'children', type: { type: 'array', items: 'Tree' } },
        { name: 'attributes', type: { type: 'map', values: 'string' }, default: {} },
      ],
    },
  },
  {
    name: 'record of null fields in an array',
    schema: {
      type: 'array',
      items: {
        type: 'record',
        name: 'Nulls',
        fields: [
          ...Array.from({ length: 40 }, (_, index) => ({ name: `n${index}`, type: 'null' })),
          { name: 'flag', type: 'boolean' },
        ],
      },
    },
  },
  {
    name: 'records that reuse a record without bytes',
    // Every level doubles the work and adds no byte: what a step budget is for.
    schema: {
      type: 'record',
      name: 'L0',
      fields: [
        {
          name: 'a',
          type: {
            type: 'record',
            name: 'L1',
            fields: [
              { name: 'a', type: { type: 'record', name: 'L2', fields: [{ name: 'x', type: 'null' }] } },
              ...Array.from({ length: 60 }, (_, index) => ({ name: `b${index}`, type: 'L2' })),
            ],
          },
        },
        ...Array.from({ length: 60 }, (_, index) => ({ name: `b${index}`, type: 'L1' })),
        { name: 'end', type: 'int' },
      ],
    },
  },
];
