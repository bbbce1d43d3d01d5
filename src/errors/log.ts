import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';

/** All that may stand in a log line beside its text. Ids of things that happened, never of people, and no values. */
interface LogFacts {
  ref?: string;
  fault?: FaultFacts;
  chore?: string;
  outcome?: string;
  dryRun?: boolean;
  affected?: number;
  milliseconds?: number;
  error?: string;
}

/** What is told of an error that nobody expected: where it happened and its code, not its words. */
interface FaultFacts {
  name: string;
  code?: string;
  /** Of PostgreSQL. */
  table?: string;
  constraint?: string;
  frames: string[];
}

/** One JSON object a line, on standard output. The text is a constant: what varies is a fact. */
export class Log {
  private readonly lines: Logger;

  constructor(level: string, destination?: DestinationStream) {
    const formatters = { level: (name: string) => ({ level: name }) };
    this.lines = pino({ level, base: null, timestamp: stdTimeFunctions.isoTime, formatters }, destination);
  }

  info(text: string, facts: LogFacts = {}): void {
    this.lines.info(facts, text);
  }

  warn(text: string, facts: LogFacts = {}): void {
    this.lines.warn(facts, text);
  }

  /** An error that no code foresaw; the client was given the `ref`. */
  readonly unexpected = (ref: string, error: unknown): void => {
    this.lines.error({ ref, fault: faultFacts(error) } satisfies LogFacts, 'unexpected error');
  };
}

const identifier = /^[\w.$-]{1,100}$/;
const frame = /^\s+at .{1,300}:\d+:\d+\)?$/;

/**
 * The message is left out, and so is everything else an error may carry: PostgreSQL quotes rows in it, drivers their
 * parameters, parsers the input.
 */
function faultFacts(error: unknown): FaultFacts {
  if (!(error instanceof Error)) return { name: typeof error, frames: [] };
  const { code, table, constraint } = error as Error & Record<'code' | 'table' | 'constraint', unknown>;
  const named = Object.entries({ code, table, constraint }).filter(
    ([, value]) => typeof value === 'string' && identifier.test(value),
  );
  return {
    name: identifier.test(error.name) ? error.name : 'Error',
    ...Object.fromEntries(named),
    frames: framesOf(error),
  };
}

function framesOf({ stack = '', message }: Error): string[] {
  const at = stack.indexOf(message);
  // The message comes first and may hold lines that look like frames.
  return (at < 0 ? stack : stack.slice(at + message.length))
    .split('\n')
    .filter((line) => frame.test(line))
    .slice(0, 20)
    .map((line) => line.trim());
}
