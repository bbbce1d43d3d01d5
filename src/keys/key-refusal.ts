import { LetheError } from '../errors/lethe-error.js';
import type { KeyFault } from './key-validation.js';

const reasons = {
  BAD_KEY: 'BAD_KEY',
  BAD_SIGNATURE: 'BAD_SIGNATURE',
  KEY_ID_OUT_OF_RANGE: 'BAD_KEY_ID',
  KEY_ID_TWICE: 'BAD_KEY_ID',
  TOO_FEW_KEYS: 'TOO_FEW_KEYS',
  LAST_RESORT_KEY_REQUIRED: 'TOO_FEW_KEYS',
  REGISTRATION_ID_OUT_OF_RANGE: 'INVALID_VALUE',
} as const;

/** Names every fault; code and reason are those of the first. `path` is where the keys stand in the operation. */
export function refuseFaultyKeys(faults: KeyFault[], path: string): void {
  const [first] = faults;
  if (!first) return;
  const fields = faults.map((fault) => ({ path: `${path}.${fault.path}`, message: fault.message }));
  const others = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  const message = `${path}.${first.path}: ${first.message}${others}.`;
  if (first.reason === 'TOO_MANY_KEYS') throw new LetheError('LIMIT_REACHED', message, { reason: 'TOO_LARGE', fields });
  throw new LetheError('BAD_USER_INPUT', message, { reason: reasons[first.reason], fields });
}
