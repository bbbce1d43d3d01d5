import {
  createSourceEventStream,
  execute,
  type ExecutionArgs,
  type ExecutionResult,
  getOperationAST,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
} from 'graphql';
import { CloseCode, type Context, makeServer, MessageType, stringifyMessage, type SubscribePayload } from 'graphql-ws';
import { closeCodes } from '../errors/error-codes.js';
import { badInput, LetheError } from '../errors/lethe-error.js';
import type { DocumentCache } from '../graphql/document-cache.js';
import type { Identity, OperationContext } from '../graphql/operation-context.js';
import { executionOptions } from '../graphql/query-limits.js';
import type { OperationKind } from '../metrics/operation-counts.js';
import { connectionToken } from './connection-token.js';
import { ExecutedStream } from './executed-stream.js';
import { Follower } from './follower.js';
import { OperationShapes } from './operation-shape.js';
import type { RelaySocket } from './relay-socket.js';
import type { SocketProtocol } from './socket-server.js';

export interface SocketGraphql {
  schema: GraphQLSchema;
  documents: DocumentCache;
  /** Whose token it is, or why it is nobody's. */
  identify: (token: string) => Identity | LetheError;
  /** Takes a place for the account; false when it has too many sockets. */
  admit: (identity: Identity) => boolean;
  /** Throws when the client asks too much. */
  admitOperation: (address: string, operationsOfSocket: number) => Promise<void>;
  /** A query or mutation may take no longer than this lets it. */
  withinDeadline: (work: Promise<ExecutionResult>) => Promise<ExecutionResult>;
  formatError: (error: unknown) => GraphQLFormattedError;
  /** Told how each operation was answered; of a stream, how it began and what went wrong later. */
  count: (kind: OperationKind, errors?: readonly GraphQLFormattedError[]) => void;
}

const PONG = stringifyMessage({ type: MessageType.Pong });

type ConnectionPayload = Record<string, unknown> | undefined;
/** Every frame carries the operation's id: 36 characters where it is a UUID. */
const LONGEST_ID = 128;

type ConnectionContext = Context<ConnectionPayload, RelaySocket>;
interface SocketExecutionArgs extends ExecutionArgs {
  socket: RelaySocket;
  operationId: string;
}

/** The graphql-transport-ws protocol, with the limits and the errors that HTTP has. */
export function graphqlTransportWs(graphql: SocketGraphql): SocketProtocol {
  const formatted = (result: ExecutionResult) =>
    result.errors ? { errors: result.errors.map((error) => graphql.formatError(error)) } : {};
  const shapes = new OperationShapes(graphql.schema, formatted);
  const server = makeServer<ConnectionPayload, RelaySocket>({
    onConnect: (context) => connect(graphql, context),
    onSubscribe: (context, id, payload) => prepare(graphql, context, id, payload),
    execute: (args) =>
      (args as SocketExecutionArgs).socket.untilAnswered(() =>
        answered(() => graphql.withinDeadline(Promise.resolve(execute(args)))),
      ),
    subscribe: (args) => answered(() => subscribe(graphql, shapes, args as SocketExecutionArgs)),
    onNext: (_context, _id, _payload, args, result) => counted(graphql, args, { ...result, ...formatted(result) }),
    onError: (_context, _id, _payload, errors) => {
      const formattedErrors = errors.map((error) => graphql.formatError(error));
      graphql.count('none', formattedErrors);
      return formattedErrors;
    },
  });
  return (socket) => {
    const closed = server.opened(
      {
        protocol: socket.protocol,
        send: (text) => socket.send(text),
        close: (code, reason) => socket.close(code ?? 1000, reason ?? ''),
        onMessage: (handle) => listen(socket, handle, (error) => graphql.formatError(error)),
        // Without the payload of the ping: a pong needs none, and it may be nested deeper than can be written.
        onPing: () => socket.send(PONG),
      },
      socket,
    );
    return (code, reason) => void closed(code, reason).catch((error: unknown) => graphql.formatError(error));
  };
}

/** Of a stream not every value counts: it did when it began. */
function counted<Answer extends { errors?: readonly GraphQLFormattedError[] }>(
  { count }: SocketGraphql,
  args: ExecutionArgs,
  answer: Answer,
): Answer {
  const kind = kindOf(args);
  if (kind !== 'subscription' || answer.errors) count(kind, answer.errors);
  return answer;
}

const kindOf = ({ document, operationName }: ExecutionArgs): OperationKind =>
  getOperationAST(document, operationName)?.operation ?? 'none';

/** graphql-ws would end the socket over what is thrown, a deadline among it; it is an answer like any other. */
async function answered<T>(work: () => Promise<T>): Promise<T | ExecutionResult> {
  try {
    return await work();
  } catch (error) {
    return { errors: [new GraphQLError('', { originalError: error as Error })] };
  }
}

function listen(socket: RelaySocket, handle: (data: string) => Promise<void>, report: (error: unknown) => void): void {
  socket.webSocket.on('message', (data) => {
    if (!socket.takeMessage()) return;
    handle((data as Buffer).toString()).catch((error: unknown) => {
      if (isServersMessage(error)) return socket.close(CloseCode.BadRequest, 'Invalid message received');
      report(error);
      socket.close(1011, 'Internal error');
    });
  });
}

/** What only a server says, said by the client: graphql-ws throws it, with nothing but words to tell it by. */
const isServersMessage = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('Unexpected message of type ');

function connect({ identify, admit }: SocketGraphql, { extra: socket, connectionParams }: ConnectionContext): boolean {
  const token = connectionToken(connectionParams);
  const identity = token === undefined ? undefined : identify(token);
  if (identity === undefined || identity instanceof LetheError) {
    const expired = identity?.reason === 'SESSION_EXPIRED';
    socket.close(
      expired ? closeCodes.TOKEN_EXPIRED : closeCodes.SESSION_REVOKED,
      expired ? 'Token expired' : token === undefined ? 'connection_init needs an access token' : 'Token refused',
    );
  } else if (admit(identity)) {
    socket.identity = identity;
    return true;
  } else {
    socket.close(closeCodes.TOO_MANY_REQUESTS, 'Too many sockets of this account');
  }
  // Closed above with the code that tells why; `false` would only close it once more.
  return false;
}

async function prepare(
  graphql: SocketGraphql,
  { extra: socket, subscriptions }: ConnectionContext,
  operationId: string,
  { query, operationName, variables }: SubscribePayload,
): Promise<SocketExecutionArgs | GraphQLError[]> {
  try {
    if (socket.isLeaving)
      throw new LetheError('UNAVAILABLE', 'This process is stopping. Connect again.', { reason: 'SHUTTING_DOWN' });
    if (operationId.length > LONGEST_ID) throw badInput('id', `Needs at most ${LONGEST_ID} characters.`);
    await graphql.admitOperation(socket.address, Math.max(Object.keys(subscriptions).length, socket.streams.size));
  } catch (error) {
    return [new GraphQLError('', { originalError: error as Error })];
  }
  const read = graphql.documents.read({ query, operationName, variables });
  if ('errors' in read) return read.errors;
  const contextValue: OperationContext = { identity: socket.identity, address: socket.address, host: socket.host };
  return {
    schema: graphql.schema,
    document: read.document,
    operationName,
    variableValues: variables,
    options: executionOptions,
    contextValue,
    socket,
    operationId,
  };
}

/** A follower goes live on the socket itself; any other stream is executed value by value. */
async function subscribe(
  { count }: SocketGraphql,
  shapes: OperationShapes,
  args: SocketExecutionArgs,
): Promise<ExecutedStream | ExecutionResult> {
  const stream = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in stream)) return stream;
  if (stream instanceof Follower) {
    const shape = shapes.of(args);
    if (shape) stream.share(shape, args.socket, args.operationId);
  }
  const { streams } = args.socket;
  const executed = new ExecutedStream(stream[Symbol.asyncIterator](), args, () => streams.delete(executed));
  streams.add(executed);
  count('subscription');
  return executed;
}
