import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { ALLOWED_TYPES } from './allowed-edges.cjs';
import { judgeEdges } from './judge-edges.cjs';

const ROOT = path.resolve(__dirname, '..', '..', '..');
const COPIED = ['package.json', 'package-lock.json', 'nx.json', 'biome.json', 'tsconfig.base.json', '.gitignore'];

jest.setTimeout(120_000);

/** A copy of the workspace's skeleton (settings and projects, no code), in which a forbidden import can be planted. */
let scratch: string;

beforeAll(() => {
  scratch = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-boundaries-')));
  for (const file of COPIED) fs.copyFileSync(path.join(ROOT, file), path.join(scratch, file));
  fs.mkdirSync(path.join(scratch, 'node_modules', '@millrace'), { recursive: true });
  for (const name of ['nx', 'typescript']) {
    fs.symlinkSync(path.join(ROOT, 'node_modules', name), path.join(scratch, 'node_modules', name));
  }
  for (const kind of ['apps', 'libs']) {
    for (const name of fs.readdirSync(path.join(ROOT, kind))) {
      if (!fs.existsSync(path.join(ROOT, kind, name, 'project.json'))) continue;
      const project = path.join(kind, name);
      fs.symlinkSync(path.join(scratch, project), path.join(scratch, 'node_modules', '@millrace', name));
      for (const file of ['project.json', 'package.json']) {
        write(path.join(project, file), fs.readFileSync(path.join(ROOT, project, file), 'utf8'));
      }
      write(path.join(project, 'src', 'index.ts'), "export const name = 'x';\n");
    }
  }
  write('apps/gateway/src/allowed.ts', "import { AppError } from '@millrace/contracts';\nexport const x = AppError;\n");
  execFileSync('git', ['init', '-q'], { cwd: scratch });
});

afterAll(() => fs.rmSync(scratch, { recursive: true, force: true }));

function write(file: string, content: string): void {
  fs.mkdirSync(path.dirname(path.join(scratch, file)), { recursive: true });
  fs.writeFileSync(path.join(scratch, file), content);
}

function run(program: string, args: string[]): { code: number; output: string } {
  const env = { ...process.env, NX_DAEMON: 'false', CI: 'true' };
  try {
    const output = execFileSync(program, args, {
      cwd: scratch,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return { code: 0, output };
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
    return { code: status, output: `${stdout}${stderr}` };
  }
}

const boundaries = () => run(process.execPath, [path.join(ROOT, 'tools', 'checks', 'boundaries', 'check.cjs')]);
const biome = (file: string) =>
  run(process.execPath, [
    path.join(ROOT, 'node_modules', '@biomejs', 'biome', 'bin', 'biome'),
    'lint',
    '--only=style/noRestrictedImports',
    file,
  ]);

function planted<T>(file: string, code: string, check: () => T): T {
  write(file, code);
  try {
    return check();
  } finally {
    fs.rmSync(path.join(scratch, file));
  }
}

describe('checks/boundaries: the graph of projects', () => {
  test('the skeleton itself is clean, so that the refusals below are those of the planted files', () => {
    expect(boundaries()).toMatchObject({ code: 0, output: expect.stringContaining('0 refused') });
  });

  test.each([
    [
      'a service that imports another',
      'apps/gateway/src/planted.ts',
      '@millrace/registry',
      /gateway\/src\/planted\.ts imports registry.*scope:gateway/,
    ],
    [
      'a service that imports another by path',
      'apps/gateway/src/planted.ts',
      '../../registry/src/index',
      /imports registry.*scope:gateway/,
    ],
    [
      'contracts that import anything',
      'libs/contracts/src/planted.ts',
      '@millrace/messaging',
      /type:contracts may not import type:platform/,
    ],
    [
      'learning that imports the platform',
      'libs/learning/src/planted.ts',
      '@millrace/persistence',
      /type:ml may not import type:platform/,
    ],
    [
      'the command line that opens the database',
      'apps/cli/src/planted.ts',
      '@millrace/persistence',
      /type:client may not import type:platform/,
    ],
    [
      'a library that imports a service',
      'libs/service/src/planted.ts',
      '@millrace/gateway',
      /type:platform may not import type:service/,
    ],
    [
      'code (not a spec) that imports the test library',
      'apps/registry/src/planted.ts',
      '@millrace/testing',
      /type:service may not import type:testing/,
    ],
  ])('%s is refused', (_, file, target, sentence) => {
    const { code, output } = planted(file, `import { x } from '${target}';\nexport const y = x;\n`, boundaries);
    expect(output).toMatch(sentence);
    expect(code).toBe(1);
  });

  test('a spec may import the test library', () => {
    const code = "import { x } from '@millrace/testing';\nexport const y = x;\n";
    expect(planted('apps/registry/src/planted.spec.ts', code, boundaries).code).toBe(0);
  });
});

describe('checks/boundaries: packages and folders (Biome)', () => {
  test.each([
    ['kafkajs outside libs/messaging', 'libs/service/src/planted.ts', 'kafkajs'],
    ['a file of kafkajs outside libs/messaging', 'apps/gateway/src/planted.ts', 'kafkajs/src/index'],
    ['avsc outside libs/messaging', 'libs/contracts/src/planted.ts', 'avsc'],
    ['onnxruntime-node outside libs/onnx', 'apps/inference/src/planted.ts', 'onnxruntime-node'],
    ['onnx-proto outside libs/onnx', 'libs/learning/src/planted.ts', 'onnx-proto'],
    ['DuckDB outside libs/data', 'apps/ingestion/src/planted.ts', '@duckdb/node-api'],
    ['prom-client outside libs/service', 'libs/messaging/src/planted.ts', 'prom-client'],
    ['Nest in domain/', 'apps/registry/src/domain/planted.ts', '@nestjs/common'],
    ['TypeORM in domain/', 'apps/registry/src/domain/planted.ts', 'typeorm'],
    ['kafkajs in domain/', 'libs/messaging/src/domain/planted.ts', 'kafkajs'],
    ["Node's own modules in domain/", 'apps/training/src/domain/planted.ts', 'node:crypto'],
    ['messaging in domain/', 'apps/training/src/domain/planted.ts', '@millrace/messaging'],
    ['a handler in domain/', 'apps/training/src/domain/planted.ts', '../handlers/on-x.handler'],
    ['Nest in libs/learning', 'libs/learning/src/planted.ts', '@nestjs/common'],
    ['Nest in libs/evaluation', 'libs/evaluation/src/planted.ts', '@nestjs/microservices'],
    ['Nest in libs/ledger', 'libs/ledger/src/planted.ts', '@nestjs/common'],
    ['Nest in libs/contracts', 'libs/contracts/src/planted.ts', '@nestjs/common'],
  ])('%s is refused', (_, file, target) => {
    const { code, output } = planted(file, `import { x } from '${target}';\nexport const y = x;\n`, () => biome(file));
    expect(output).toContain('noRestrictedImports');
    expect(code).toBe(1);
  });

  test("TypeORM's DataSource is refused outside libs/persistence, its decorators are not", () => {
    const file = 'apps/registry/src/persistence/planted.ts';
    const importing = (name: string) => `import { ${name} } from 'typeorm';\nexport const y = ${name};\n`;
    expect(planted(file, importing('DataSource'), () => biome(file)).code).toBe(1);
    expect(planted(file, importing('Entity'), () => biome(file)).code).toBe(0);
  });

  test.each([
    ['libs/messaging/src/planted.ts', 'kafkajs'],
    ['libs/messaging/src/planted.ts', 'avsc'],
    ['libs/onnx/src/planted.ts', 'onnxruntime-node'],
    ['libs/data/src/planted.ts', '@duckdb/node-api'],
    ['libs/service/src/planted.ts', 'prom-client'],
    ['apps/registry/src/handlers/planted.ts', '@nestjs/common'],
  ])('%s may import %s', (file, target) => {
    expect(planted(file, `import { x } from '${target}';\nexport const y = x;\n`, () => biome(file)).code).toBe(0);
  });
});

describe('checks/boundaries/judge-edges', () => {
  const projects = new Map(
    Object.keys(ALLOWED_TYPES).map((type) => [type, { name: type, tags: [type, 'scope:shared'] }]),
  );

  test('projects that import each other in a circle are refused', () => {
    const tags = ['type:platform', 'scope:shared'];
    const two = new Map(['a', 'b'].map((name) => [name, { name, tags }]));
    const edges = [
      { file: 'a.ts', from: 'a', to: 'b' },
      { file: 'b.ts', from: 'b', to: 'a' },
    ];
    expect(judgeEdges(two, edges)).toEqual(['Projects import each other in a circle: a -> b -> a.']);
    expect(judgeEdges(two, [edges[0], { file: 'b.spec.ts', from: 'b', to: 'a' }])).toEqual([]);
  });

  test('a project without tags, or with an unknown type, is refused', () => {
    expect(judgeEdges(new Map([['x', { name: 'x', tags: [] }]]), [])).toHaveLength(1);
    expect(judgeEdges(new Map([['x', { name: 'x', tags: ['type:new', 'scope:x'] }]]), [])).toHaveLength(1);
  });

  test.each(Object.keys(ALLOWED_TYPES))('%s may not import a service', (type) => {
    const [complaint] = judgeEdges(projects, [{ file: 'x.ts', from: type, to: 'type:service' }]);
    if (type === 'type:service') expect(complaint).toBeUndefined();
    else expect(complaint).toContain(`${type} may not import type:service`);
  });
});
