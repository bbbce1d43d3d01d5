import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, SettingsError, type Settings } from '../config/settings.js';
import { addressBlock } from './address-block.js';

/**
 * Whose budget a request or socket draws on: the client's address, behind the reverse proxies that the operator trusts.
 * Held in memory for the limits and nowhere else.
 */
@Injectable()
export class ClientAddresses {
  private readonly proxies = new BlockList();

  constructor(@Inject(SETTINGS) { LETHE_TRUSTED_PROXIES }: Settings) {
    for (const range of LETHE_TRUSTED_PROXIES) this.trust(range);
  }

  of({ socket, headers }: IncomingMessage): string {
    const hops = String(headers['x-forwarded-for'] ?? '').split(',');
    let address = socket.remoteAddress ?? '';
    // The last proxy wrote the last hop. What stands before an address we do not trust, that one may have made up.
    while (this.trusts(address)) {
      const hop = hops.pop()?.trim() ?? '';
      if (!isIP(hop)) break;
      address = hop;
    }
    return addressBlock(address);
  }

  private trusts(address: string): boolean {
    return isIP(address) !== 0 && this.proxies.check(address, familyOf(address));
  }

  private trust(range: string): void {
    const [network = '', bits] = range.split('/');
    try {
      if (bits === undefined) this.proxies.addAddress(network, familyOf(network));
      else this.proxies.addSubnet(network, Number(bits), familyOf(network));
    } catch {
      throw new SettingsError([`LETHE_TRUSTED_PROXIES: ${range} is not an address or a CIDR range`]);
    }
  }
}

const familyOf = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4');
