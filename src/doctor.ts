import { existsSync } from 'node:fs';
import { diagnose, type Finding } from './diagnosis.js';

// `npm run doctor`: what a production start refuses, and what else can be seen from here. Changes nothing.

if (existsSync('.env')) process.loadEnvFile();
let unwell = 0;
for await (const finding of diagnose(process.env)) {
  process.stdout.write(line(finding));
  if (finding.verdict === 'not ok') unwell += 1;
}
process.stdout.write(unwell === 0 ? '\nAll is well.\n' : `\n${unwell} not ok.\n`);
process.exitCode = unwell === 0 ? 0 : 1;

function line({ verdict, name, fault }: Finding): string {
  return `${verdict.padEnd(6)}  ${name}${fault === undefined ? '' : `: ${fault}`}\n`;
}
