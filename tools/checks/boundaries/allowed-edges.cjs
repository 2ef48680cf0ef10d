// The one table of what may import what. A project has a `type:*` and a `scope:*` tag; both must allow an edge.

/** From a type to the types (or single projects) that its code may import. */
const ALLOWED_TYPES = {
  'type:service': ['type:contracts', 'type:platform', 'type:model', 'type:ml'],
  'type:platform': ['type:contracts', 'type:platform'],
  // libs/onnx turns what was learned into files that run: the one bridge between learning and the platform.
  'type:model': ['type:contracts', 'type:platform', 'type:ml'],
  'type:ml': ['type:ml'],
  'type:contracts': [],
  'type:testing': ['type:contracts', 'type:platform', 'type:ml'],
  // A replay computes past responses again, so the command line may run released models from the artifact store.
  'type:client': ['type:contracts', 'messaging', 'data', 'artifacts', 'onnx', 'ledger'],
  'type:e2e': ['type:contracts', 'type:testing', 'messaging'],
};

/** What a `.spec.ts`, or what specs share in a folder `test/`, `crash/` or `fixtures/`, may import beyond that. */
const ALLOWED_IN_SPECS = ['type:contracts', 'type:platform', 'type:testing'];

/** Every scope may import itself and this one; so no service imports another. */
const SHARED_SCOPE = 'scope:shared';

module.exports = { ALLOWED_IN_SPECS, ALLOWED_TYPES, SHARED_SCOPE };
