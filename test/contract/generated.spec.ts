import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { startRelay } from '../harness/relay.js';
import { projectFolder, read } from './sources.js';

it('finds every printed file as the code would print it', async () => {
  const check = promisify(execFile)('npm', ['run', '--silent', 'generate', '--', '--check'], { cwd: projectFolder });

  // What is out of date stands on its standard output.
  await expect(check.catch(({ stdout }: { stdout: string }) => stdout)).resolves.toMatchObject({ stdout: '' });
});

it('prints the schema that is served', async () => {
  const relay = await startRelay();
  const { schema } = relay.app.get(GraphQLSchemaHost);
  await relay.stop();

  expect(read('schema.graphql')).toContain(printSchema(lexicographicSortSchema(schema)));
});
