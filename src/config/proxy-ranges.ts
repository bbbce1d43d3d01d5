import { isIPv6 } from 'node:net';

/** Private networks are as wide as this (10.0.0.0/8, fc00::/7); wider ranges are the Internet. */
const WIDEST = { ipv4: 8, ipv6: 7 };

/** Whether a CIDR range lets more in than any network of one's own holds. */
export function isForEverybody(range: string): boolean {
  const [network = '', bits] = range.split('/');
  return bits !== undefined && Number(bits) < (isIPv6(network) ? WIDEST.ipv6 : WIDEST.ipv4);
}
