import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { settingsTable } from '../../src/config/settings.js';
import { projectFolder, read } from './sources.js';

interface Service {
  image?: string;
  build?: string;
  environment?: Record<string, string>;
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
  volumes?: string[];
}

const compose = parse(read('docker-compose.yml')) as { services: Record<string, Service>; volumes: object };
const services = Object.entries(compose.services);
const dockerfile = read('Dockerfile').replaceAll('\\\n', '');
const instructions = [...dockerfile.matchAll(/^([A-Z]+) (.+)$/gm)].map(([, name = '', rest = '']) => ({ name, rest }));
const all = (name: string) => instructions.filter((one) => one.name === name).map(({ rest }) => rest);
const last = (name: string) => all(name).at(-1) ?? '';
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

const isPinned = (image: string) => /:[\w.-]*\d[\w.-]*$/.test(image) && !image.endsWith(':latest');

it('names the version of every image', () => {
  const images = [...all('FROM').map((from) => from.split(' ')[0]!), ...services.map(([, { image }]) => image ?? '')];

  expect(images.filter((image) => !isPinned(image))).toEqual([]);
});

it('knows of every service whether it is well, and starts it after those it needs are', () => {
  expect(services.filter(([, { healthcheck }]) => !healthcheck?.test.length)).toEqual([]);
  for (const [, { depends_on = {} }] of services) {
    for (const [needed, { condition }] of Object.entries(depends_on)) {
      expect(Object.keys(compose.services)).toContain(needed);
      expect(condition).toBe('service_healthy');
    }
  }
});

it('declares the volumes it uses', () => {
  const used = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0]!));

  expect(Object.keys(compose.volumes).sort()).toEqual(used.sort());
});

it('sets nothing that is no setting of the relay', () => {
  const relays = services.filter(([, { build }]) => build !== undefined);
  const inCompose = relays.flatMap(([, { environment = {} }]) => Object.keys(environment));
  const inImage = all('ENV').flatMap((line) => [...line.matchAll(/(\w+)=/g)].map(([, name = '']) => name));

  expect(relays).toHaveLength(1);
  expect([...inCompose, ...inImage].filter((name) => !(name in settingsTable))).toEqual([]);
});

it('builds from files and scripts that exist', () => {
  const copied = all('COPY')
    .filter((line) => !line.startsWith('--from'))
    .flatMap((line) => line.split(' ').slice(0, -1));
  const run = [...dockerfile.matchAll(/npm run (\S+)/g)].map(([, name = '']) => name);

  expect(copied.filter((path) => !existsSync(join(projectFolder, path)))).toEqual([]);
  expect(
    read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1)),
  ).toEqual(expect.arrayContaining(copied));
  expect(run.filter((name) => !(name in scripts))).toEqual([]);
});

it('runs what `npm start` runs, itself and not through a shell, for a normal user', () => {
  expect((JSON.parse(last('CMD')) as string[]).join(' ')).toBe(scripts.start);
  expect(last('USER')).toBe('node');
  expect(last('HEALTHCHECK')).toContain('/health/live');
});
