import { v7 } from 'uuid';

/** UUIDv7 (RFC 9562): made here and not in PostgreSQL, which knows it only since 18. `at` is its time. */
export const newId = (at: Date): string => v7({ msecs: at.getTime() });
