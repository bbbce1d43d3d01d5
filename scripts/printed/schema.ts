import { type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GraphQLSchemaBuilderModule, GraphQLSchemaFactory } from '@nestjs/graphql';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { AppModule } from '../../src/app.module.js';
import { Clock } from '../../src/config/clock.js';
import { readSettings } from '../../src/config/read-settings.js';

type Imported = DynamicModule | Type | Promise<DynamicModule>;

/** `schema.graphql`, without starting anything: the decorators alone say all of it. */
export async function schema(): Promise<string> {
  const app = await NestFactory.createApplicationContext(GraphQLSchemaBuilderModule, { logger: false });
  const providers = await providersOf(AppModule.with(readSettings({}), 'postgres://nowhere', new Clock()), new Set());
  const built = await app.get(GraphQLSchemaFactory).create(providers);
  await app.close();
  return `# Printed by \`npm run generate\`.\n\n${printSchema(lexicographicSortSchema(built))}\n`;
}

/** Every class that a module provides, resolvers among them. */
async function providersOf(imported: Imported, seen: Set<unknown>): Promise<Type[]> {
  const module = await imported;
  const dynamic = typeof module === 'function' ? { module } : module;
  if (seen.has(dynamic.module)) return [];
  seen.add(dynamic.module);
  const both = <T>(key: 'imports' | 'providers', more: unknown[] = []) =>
    [...((Reflect.getMetadata(key, dynamic.module) as unknown[] | undefined) ?? []), ...more] as T[];
  const inner = both<Imported>('imports', dynamic.imports).map((one) => providersOf(one, seen));
  const own = both<unknown>('providers', dynamic.providers).filter((provider) => typeof provider === 'function');
  return [...(own as Type[]), ...(await Promise.all(inner)).flat()];
}
