import { swcOptions } from './scripts/swc-options.mjs';

// Published as ES modules only; under jest everything runs as CommonJS.
const compiledToCommonJs = [
  '@nestjs',
  '@apollo',
  'graphql-ws',
  'graphql-subscriptions',
  '@graphql-tools',
  '@whatwg-node',
  'file-type',
  'strtok3',
  'token-types',
  '@tokenizer',
  'uint8array-extras',
  '@borewit',
  '@as-integrations',
  'uuid',
  'jose',
  '@signalapp',
];

export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testMatch: ['**/*.spec.ts'],
  globalSetup: '<rootDir>/test/harness/global-setup.mjs',
  globalTeardown: '<rootDir>/test/harness/global-teardown.mjs',
  maxWorkers: 2,
  testSequencer: '<rootDir>/test/harness/longest-first.mjs',
  testTimeout: 30_000,
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': ['$1.ts', '$1.js'] },
  transform: {
    '\\.(ts|js|mjs)$': ['@swc/jest', swcOptions('commonjs')],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${compiledToCommonJs.join('|')})/)`],
};
