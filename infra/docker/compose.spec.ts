import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse } from 'yaml';
import { CONTRACTS_COMMAND, SCHEMA_REGISTRY, SERVICES, serviceCommand } from '../../tools/supervisor/services.cjs';
import { brokerSettings } from '../kafka/broker-settings.cjs';

const ROOT = path.resolve(__dirname, '..', '..');
const read = (file: string) => fs.readFileSync(path.join(ROOT, file), 'utf8');
const exists = (file: string) => fs.existsSync(path.join(ROOT, file));

interface ComposeService {
  image: string;
  command?: string[];
  build?: { context: string; dockerfile: string };
  environment: Record<string, string | number>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test?: string[]; disable?: boolean };
  ports?: string[];
  profiles?: string[];
  volumes: string[];
}
const compose: { services: Record<string, ComposeService>; volumes: Record<string, null> } = parse(
  read('docker-compose.yml'),
  { merge: true },
);
const ours = [...SERVICES, SCHEMA_REGISTRY];

/** The source file of a compiled one: apps/x/dist/main.js comes from apps/x/src/main.ts. */
const sourceOf = (compiled: string) => compiled.replace('/dist/', '/src/').replace(/\.js$/, '.ts');

describe('infra/docker: docker-compose.yml', () => {
  test.each(ours.map((entry) => [entry.name, entry] as const))(
    '%s starts by the command of the supervisor',
    (name, entry) => {
      expect(compose.services[name]?.command).toEqual(serviceCommand(entry));
      expect(exists(sourceOf(serviceCommand(entry).at(-1) as string))).toBe(true);
    },
  );

  test('it runs all services of the supervisor, and no other of ours', () => {
    const built = Object.keys(compose.services).filter((name) => compose.services[name]?.build);
    expect(built.sort()).toEqual([...ours.map(({ name }) => name), 'contracts', 'set-up'].sort());
  });

  test('contracts are applied by the command of the supervisor before any service starts', () => {
    expect(compose.services.contracts?.command).toEqual(CONTRACTS_COMMAND);
    for (const { name } of SERVICES) {
      expect(compose.services[name]?.depends_on?.contracts?.condition).toBe('service_completed_successfully');
    }
  });

  test('health ports and database roles are those of the supervisor', () => {
    for (const entry of ours) {
      const { environment } = compose.services[entry.name] as ComposeService;
      expect(environment.MILLRACE_HEALTH_PORT).toBe(entry.healthPort);
      expect(environment.MILLRACE_DATABASE_ROLE).toBe(entry.database ? entry.name : undefined);
    }
  });

  test('the broker has the settings of the local one', () => {
    const settings = brokerSettings({ dataDir: '/d', port: 9092, controllerPort: 9093 });
    const placed = /^(listeners|advertised\.listeners|listener\.security|log\.dirs|controller\.quorum\.voters)/;
    const { environment } = compose.services.kafka as ComposeService;
    for (const [key, value] of Object.entries(settings)) {
      if (placed.test(key)) continue;
      const variable = `KAFKA_${key.toUpperCase().replaceAll('.', '_')}`;
      expect([variable, String(environment[variable])]).toEqual([variable, value]);
    }
  });

  test('the broker advertises one address inside and one outside, and the services use the one inside', () => {
    const { environment, ports } = compose.services.kafka as ComposeService;
    expect(environment.KAFKA_ADVERTISED_LISTENERS).toBe('INSIDE://kafka:29092,OUTSIDE://localhost:9092');
    expect(ports).toEqual(['9092:9092']);
    for (const { name } of ours) expect(compose.services[name]?.environment.KAFKA_BROKERS).toBe('kafka:29092');
  });

  test('every image names an exact version', () => {
    for (const { image } of Object.values(compose.services)) expect(image).toMatch(/:v?\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
    expect(read('infra/docker/service.Dockerfile').match(/^FROM .*$/gm)).toEqual([
      expect.stringMatching(/^FROM node:\d+\.\d+\.\d+-[a-z-]+ AS build$/),
      expect.stringMatching(/^FROM node:\d+\.\d+\.\d+-[a-z-]+$/),
    ]);
  });

  test('whoever is waited for as healthy has a health check', () => {
    const waited = Object.values(compose.services).flatMap(({ depends_on = {} }) =>
      Object.entries(depends_on).filter(([, { condition }]) => condition === 'service_healthy'),
    );
    expect(waited.length).toBeGreaterThan(2);
    for (const [name] of waited) {
      const { healthcheck, build } = compose.services[name] as ComposeService;
      expect(healthcheck?.test !== undefined || (build !== undefined && !healthcheck?.disable)).toBe(true);
    }
  });

  test('every volume that is used is declared, and every path of the repository exists and is only read', () => {
    const used = Object.values(compose.services).flatMap(({ volumes }) => volumes.map((volume) => volume.split(':')));
    for (const [from = '', , mode] of used) {
      if (!from.startsWith('./')) expect(Object.keys(compose.volumes)).toContain(from);
      else expect([from, exists(from), mode]).toEqual([from, true, 'ro']);
    }
  });

  test('Prometheus and Grafana start only when asked for', () => {
    const asked = Object.entries(compose.services).filter(([, { profiles }]) => profiles?.includes('observe'));
    expect(asked.map(([name]) => name)).toEqual(['prometheus', 'grafana']);
  });
});

describe('infra/docker/service.Dockerfile', () => {
  const dockerfile = read('infra/docker/service.Dockerfile');
  const instructions = dockerfile.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

  test('every path that is copied from the repository exists and is not ignored', () => {
    const ignored = read('.dockerignore').split('\n').filter(Boolean);
    const copied = instructions
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(/\s+/).slice(1, -1));
    expect(copied.length).toBeGreaterThan(5);
    for (const file of copied) {
      expect([file, exists(file)]).toEqual([file, true]);
      expect(ignored).not.toContain(file);
    }
  });

  test('everything that is copied from the first stage was made there', () => {
    const made = instructions
      .filter((line) => line.startsWith('COPY --from=build'))
      .map((line) => line.split(/\s+/)[2]);
    expect(made).toEqual(['package.json', 'node_modules', 'libs', 'apps'].map((name) => `/millrace/${name}`));
  });

  test('every program that a container runs is in the image', () => {
    const commands = [
      ...Object.values(compose.services).flatMap(({ command, build }) => (build && command ? [command] : [])),
      ['/bin/sh', 'infra/docker/enter.sh'],
      ['node', 'infra/docker/healthy.cjs'],
    ];
    const inImage = ['apps/', 'libs/', 'tools/supervisor/', 'infra/local/', 'infra/postgres/', 'infra/docker/'];
    for (const command of commands) {
      const program = command.at(-1) as string;
      expect([program, exists(program.includes('/dist/') ? sourceOf(program) : program)]).toEqual([program, true]);
      expect(inImage.some((folder) => program.startsWith(folder))).toBe(true);
    }
    expect(dockerfile).toContain('ENTRYPOINT ["/bin/sh", "/millrace/infra/docker/enter.sh"]');
    expect(dockerfile).toContain('CMD ["node", "infra/docker/healthy.cjs"]');
  });

  test('what the scripts of the image require lies in the image too', () => {
    for (const script of ['infra/docker/set-up.cjs', 'infra/docker/healthy.cjs']) {
      for (const file of requiredFrom(script)) {
        expect([file, /^(tools\/supervisor|infra\/(local|postgres|docker))\//.test(file)]).toEqual([file, true]);
      }
    }
  });
});

/** Files of the repository that a script loads, directly or not. */
function requiredFrom(script: string, seen = new Set<string>()): Set<string> {
  for (const [, target] of read(script).matchAll(/require\('(\.[^']+)'\)/g)) {
    const file = path.join(path.dirname(script), target as string);
    if (seen.has(file)) continue;
    seen.add(file);
    requiredFrom(file, seen);
  }
  return seen;
}
