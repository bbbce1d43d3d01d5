// Lets Node run our TypeScript as it is: `node --import ./scripts/run-typescript.mjs some.ts`.
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
