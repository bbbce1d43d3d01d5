import type { IncomingMessage } from 'node:http';
import { readSettings } from '../config/read-settings.js';
import { ClientAddresses } from './client-addresses.js';

const asked = (trusted: string, remoteAddress: string, forwardedFor?: string) => {
  const addresses = new ClientAddresses(readSettings({ LETHE_TRUSTED_PROXIES: trusted }));
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor };
  return addresses.of({ socket: { remoteAddress }, headers } as IncomingMessage);
};

describe('the address of a client', () => {
  it('is that of the connection, whatever a stranger claims', () => {
    expect(asked('', '203.0.113.7')).toBe('203.0.113.7');
    expect(asked('', '203.0.113.7', '198.51.100.1')).toBe('203.0.113.7');
    expect(asked('10.0.0.0/8', '203.0.113.7', '198.51.100.1')).toBe('203.0.113.7');
  });

  it('is what the trusted proxies saw, and not what was claimed before them', () => {
    expect(asked('10.0.0.0/8', '10.1.2.3', '198.51.100.1')).toBe('198.51.100.1');
    expect(asked('10.0.0.0/8', '::ffff:10.1.2.3', '198.51.100.1')).toBe('198.51.100.1');
    expect(asked('10.0.0.0/8', '10.1.2.3', '192.0.2.9, 198.51.100.1')).toBe('198.51.100.1');
    expect(asked('10.0.0.0/8, 192.0.2.1', '10.1.2.3', '198.51.100.1, 192.0.2.1')).toBe('198.51.100.1');
  });

  it('is the proxy itself when that says nothing usable', () => {
    expect(asked('10.1.2.3', '10.1.2.3')).toBe('10.1.2.3');
    expect(asked('10.1.2.3', '10.1.2.3', 'unknown')).toBe('10.1.2.3');
    expect(asked('10.1.2.3', '10.1.2.3', '10.1.2.3')).toBe('10.1.2.3');
  });

  it('refuses a range that is none at the start', () => {
    expect(() => asked('10.0.0.0/80', '10.1.2.3')).toThrow('LETHE_TRUSTED_PROXIES: 10.0.0.0/80');
    expect(() => asked('proxy.internal', '10.1.2.3')).toThrow('LETHE_TRUSTED_PROXIES: proxy.internal');
  });
});
