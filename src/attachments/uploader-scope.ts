import type { Secrets } from '../config/secrets.js';

/** Recognises whoever uploaded an attachment when they come back; it is another one for each, so none are linked by it. */
export const uploaderScope = (secrets: Secrets, accountId: string, attachmentId: string): Buffer =>
  secrets.keyedHash('uploader', accountId, attachmentId);
