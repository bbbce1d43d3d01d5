import { isIPv6 } from 'node:net';

const ipv4InIpv6 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * What counts as one client address. Whoever has an IPv6 address has the 2^64 of its /64 network and would have as many
 * budgets; an IPv4 address is the same in both of its spellings.
 */
export function addressBlock(address: string): string {
  const ipv4 = ipv4InIpv6.exec(address)?.[1];
  if (ipv4) return ipv4;
  if (!isIPv6(address)) return address;
  const [start = '', end = ''] = address.split('::');
  const first = start.split(':').filter((group) => group !== '');
  const last = end.split(':').filter((group) => group !== '');
  const zeros = Array<string>(Math.max(8 - first.length - last.length, 0)).fill('0');
  const network = [...first, ...zeros, ...last].slice(0, 4);
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
