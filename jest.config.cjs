// Three kinds of tests, by suffix: .spec.ts (pure, seconds), .int.spec.ts (real broker and database),
// .e2e.spec.ts (the whole platform from outside). One broker and one database serve a whole int run. Time limits are for
// hanging tests on a busy machine; no test may depend on being fast.
const transform = {
  '^.+\\.[cm]?[tj]s$': [
    '<rootDir>/tools/test/jest-esm.cjs',
    {
      jsc: {
        target: 'es2022',
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
      },
      module: { type: 'commonjs' },
    },
  ],
};
const shared = {
  rootDir: __dirname,
  testEnvironment: 'node',
  transform,
  transformIgnorePatterns: [],
  moduleNameMapper: { '^@millrace/([a-z-]+)$': '<rootDir>/libs/$1/src/index.ts' },
  modulePathIgnorePatterns: ['/dist/', '/.nx/', '/.millrace/'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  setupFilesAfterEnv: ['<rootDir>/tools/test/time-limit.cjs'],
};
module.exports = {
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/{apps,libs,tools,infra}/**/!(*.int|*.e2e).spec.ts'],
    },
    {
      ...shared,
      displayName: 'int',
      testMatch: ['<rootDir>/{apps,libs,tools,infra}/**/*.int.spec.ts'],
      globalSetup: '<rootDir>/tools/test/ground.cjs',
      globalTeardown: '<rootDir>/tools/test/ground-down.cjs',
    },
    {
      ...shared,
      displayName: 'e2e',
      testMatch: ['<rootDir>/apps/e2e/**/*.e2e.spec.ts'],
    },
  ],
};
