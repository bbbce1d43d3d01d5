import '../../scripts/run-typescript.mjs';

const { beginRun, endRun } = await import('./test-run.ts');

export default async function globalSetup() {
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void endRun().finally(() => process.exit(1)));
  await beginRun();
}
