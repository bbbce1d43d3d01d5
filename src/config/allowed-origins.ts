import type { Settings } from './settings.js';

/**
 * Whether pages of a web origin may use the relay. `host` is the request's Host header. No origin at all is a client
 * that is not a browser, which no rule of ours could hold back.
 */
export function originAllowed(origin: string | undefined, host: string | undefined, settings: Settings): boolean {
  if (origin === undefined) return true;
  const asked = parsed(origin);
  if (!asked) return false;
  if (asked.host === host?.toLowerCase() || asked.origin === parsed(settings.LETHE_PUBLIC_URL)?.origin) return true;
  if (settings.LETHE_ALLOWED_ORIGINS.some((allowed) => parsed(allowed)?.origin === asked.origin)) return true;
  return settings.NODE_ENV !== 'production' && isLocalhost(asked.hostname);
}

/** Browsers send `null` for pages without an origin; that is nobody's. */
function parsed(origin: string | undefined): URL | undefined {
  const url = origin !== undefined && URL.canParse(origin) ? new URL(origin) : undefined;
  return url && /^https?:$/.test(url.protocol) ? url : undefined;
}

const isLocalhost = (hostname: string) =>
  hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '127.0.0.1' || hostname === '[::1]';
