import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { describeWith } from './describe-with.js';

const named = process.env.CHROMIUM_PATH;
const onThePath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'chromium'));
const program = (named === undefined ? onThePath : [named]).find((path) => existsSync(path));

export function describeWithChromium(name: string, stories: () => void): void {
  describeWith(
    {
      what: 'chromium on the PATH or in CHROMIUM_PATH',
      isThere: program !== undefined,
      requiredBy: 'LETHE_REQUIRE_CHROMIUM',
    },
    name,
    stories,
  );
}

/** A browser without a window, with a profile of its own that goes with it, and that asks for nothing by itself. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: program,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-quic',
    ],
  });
