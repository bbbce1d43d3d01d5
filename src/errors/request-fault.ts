import { GraphQLError } from 'graphql';
import { LetheError } from './lethe-error.js';

/**
 * What a client is told when graphql-js or Apollo Server refused its request. Undefined: the error comes from within.
 *
 * They are told apart by their words, because graphql-js gives no codes, and a socket has none of Apollo's.
 */
export function requestFault(causes: unknown[]): LetheError | undefined {
  const [error] = causes;
  const cause = causes.at(-1);
  if (!(error instanceof GraphQLError && cause instanceof GraphQLError)) return undefined;
  // A path means that a resolver was asked for; of what fails then, only its arguments are the client's doing.
  if (error.path && !cause.message.startsWith('Argument "')) return undefined;
  if (cause.message.endsWith('Parsing aborted.') || cause.message === 'Validation aborted.') {
    return new LetheError(
      'LIMIT_REACHED',
      'The document is too long or repeats itself too often. Values belong in variables.',
      {
        reason: 'QUERY_TOO_COSTLY',
      },
    );
  }
  return new LetheError('BAD_USER_INPUT', withoutValues(cause.message), { reason: reasonOf(error, cause) });
}

const ofVariable = /^Variable "\$(\w+)" (?:got invalid value|of required type|of non-null type) /;
const ofArgument = /^Argument "|^Too many errors processing variables/;

function reasonOf(error: GraphQLError, cause: GraphQLError) {
  if (ofVariable.test(error.message) || ofArgument.test(error.message)) return 'INVALID_VALUE';
  if (cause.message.startsWith('Syntax Error') || error.extensions.code === 'BAD_REQUEST') return 'QUERY_MALFORMED';
  return 'QUERY_INVALID';
}

/** Path of the input field a variable's error is about, such as `input.device.oneTimePreKeys.3.publicKey`. */
export function variablePath([error, inner]: unknown[]): string | undefined {
  if (!(error instanceof GraphQLError)) return undefined;
  const [, variable] = ofVariable.exec(error.message) ?? [];
  if (variable === undefined) return undefined;
  const told = inner instanceof GraphQLError ? inner.message : '';
  // What stands before the path is the value itself and could hold anything, so the path is read from the end.
  const prefix = error.message.endsWith(`; ${told}`) ? error.message.slice(0, -told.length - 2) : '';
  const [, place = variable] = / at "([\w.[\]]+)"$/.exec(prefix) ?? [];
  // A field that is missing, or is none, stands in the words alone.
  const [, field] = /^Field "(\w{1,100})" (?:of required type|is not defined) /.exec(told) ?? [];
  return [place.replace(/\[(\d+)\]/g, '.$1'), ...(field === undefined ? [] : [field])].join('.');
}

/** graphql-js repeats what it refuses and guesses what was meant; a password must not come back, nor the schema leak. */
function withoutValues(message: string): string {
  return message
    .replace(/^Value ".*" does not exist in "(\w+)" enum\..*$/s, 'Not a value of enum "$1".')
    .replace(/ Did you mean .*$/s, '')
    .replace(/ cannot represent ([^:]+): .*$/s, ' cannot represent $1.')
    .replace(/^(Expected value of type "[^"]+"), found .*$/s, '$1.')
    .replace(/(String|BlockString|Int|Float) ".*"/s, '$1')
    .slice(0, 300);
}
