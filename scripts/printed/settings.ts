import { settingsTable } from '../../src/config/settings.js';

interface Setting {
  default?: string;
  description: string;
  productionNeedsIt?: string;
}

const settings = Object.entries<Setting>(settingsTable);
const NEEDED = 'Must be set in production:';

/** `.env.example`: what is commented out is as it is when unset. */
export function envExample(): string {
  const parts = settings.map(([name, setting]) => {
    const needed = setting.productionNeedsIt ? ` ${NEEDED} ${setting.productionNeedsIt}.` : '';
    return `${comment(setting.description + needed)}\n# ${name}=${setting.default ?? ''}\n`;
  });
  return `# Settings of Lethe. Copy to .env and take away the "#" of what is to differ. Printed by \`npm run generate\`.\n\n${parts.join('\n')}`;
}

const comment = (text: string) => text.replace(/(.{1,116})(?: |$)/g, '# $1\n').trimEnd();

/** `docs/configuration.md`. */
export function configurationPage(): string {
  const rows = settings.map(([name, setting]) => {
    const standard = setting.default ? `\`${setting.default}\`` : '';
    return `| \`${name}\` | ${cell(setting.description)} | ${standard} | ${cell(setting.productionNeedsIt ?? '')} |`;
  });
  return `# Configuration

Lethe reads its settings from the environment, and from a file \`.env\` in the folder it is started in; the environment wins. Every setting may be left out:
\`npm ci && npm start\` is a whole relay. A setting that cannot be used stops the start, and the message names it. In production
(\`NODE_ENV=production\`) whatever has a reason in the last column must be set as well.

| setting | what it is | when unset | why production needs it |
| --- | --- | --- | --- |
${rows.join('\n')}

Printed from \`src/config/settings.ts\` by \`npm run generate\`.
`;
}

const cell = (text: string) => text.replaceAll('|', '\\|');
