import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginUsageReportingDisabled } from '@apollo/server/plugin/disabled';
import type { ApolloDriverConfig } from '@nestjs/apollo';
import type { FastifyRequest } from 'fastify';
import { GraphQLError, OperationTypeNode } from 'graphql';
import type { Authenticator } from './auth/authenticator.js';
import type { Settings } from './config/settings.js';
import type { Log } from './errors/log.js';
import { outgoingError } from './errors/outgoing-error.js';
import type { OperationContext } from './graphql/operation-context.js';
import { holdCost } from './graphql/query-cost.js';
import { executionOptions, parseLimits, queryLimits, validationOptions } from './graphql/query-limits.js';
import { holdVariables } from './graphql/variable-limits.js';
import type { OperationCounts } from './metrics/operation-counts.js';
import type { ClientAddresses } from './limits/client-addresses.js';

export const GRAPHQL_PATH = '/graphql';

/** How Apollo Server answers `POST /graphql`. */
export function graphqlOverHttp(
  settings: Settings,
  authenticator: Authenticator,
  addresses: ClientAddresses,
  log: Log,
  operations: OperationCounts,
): ApolloDriverConfig {
  return {
    path: GRAPHQL_PATH,
    autoSchemaFile: true,
    graphiql: false,
    introspection: true, // the query limits refuse it where it is off, here and on sockets
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    parseOptions: parseLimits,
    validationOptions,
    validationRules: queryLimits(settings),
    executionOptions,
    plugins: [operationLimits, counting(operations), ApolloServerPluginUsageReportingDisabled()],
    logger: silent,
    context: ({ headers, raw }: FastifyRequest): OperationContext => ({
      identity: authenticator.identify(headers.authorization),
      address: addresses.of(raw),
      host: headers.host,
    }),
    formatError: (_, error) => outgoingError(error, log.unexpected),
  };
}

/** What only shows once it is known which operation runs, with which variables. */
const operationLimits: ApolloServerPlugin = {
  unexpectedErrorProcessingRequest: ({ error }) => Promise.reject(asItWas(error)),
  requestDidStart: () =>
    Promise.resolve({
      didResolveOperation: ({ schema, document, operation, request }) => {
        if (operation?.operation === OperationTypeNode.SUBSCRIPTION) {
          throw new GraphQLError('Subscriptions run over a socket, not over HTTP.', {
            extensions: { http: { status: 400 } },
          });
        }
        const { variables = {} } = request;
        holdVariables(variables);
        if (operation) holdCost({ schema, document, operation, variables });
        return Promise.resolve();
      },
    }),
};

const counting = (operations: OperationCounts): ApolloServerPlugin => ({
  requestDidStart: () =>
    Promise.resolve({
      willSendResponse: ({ operation, response: { body } }) => {
        const errors = body.kind === 'single' ? body.singleResult.errors : body.initialResult.errors;
        operations.count(operation?.operation ?? 'none', errors);
        return Promise.resolve();
      },
    }),
});

// Apollo Server would say "Internal server error" instead: not even the log would know why. What graphql-js throws
// while it validates is about the document.
const asItWas = (error: Error) =>
  error instanceof GraphQLError
    ? new GraphQLError(error.message, { originalError: error, extensions: { http: { status: 400 } } })
    : error;

const ignore = () => undefined;
/** Apollo Server's own lines quote errors in full. What matters of them reaches `formatError`. */
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };
