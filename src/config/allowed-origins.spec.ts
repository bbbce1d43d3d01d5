import { originAllowed } from './allowed-origins.js';
import { readSettings } from './read-settings.js';
import type { Settings } from './settings.js';

describe('a web origin', () => {
  const development = readSettings({ LETHE_ALLOWED_ORIGINS: 'https://chat.example/, https://b.example:8443' });
  const production: Settings = {
    ...development,
    NODE_ENV: 'production',
    LETHE_PUBLIC_URL: 'https://relay.example/lethe',
  };
  const allowed = (origin: string | undefined, settings = production) =>
    originAllowed(origin, 'relay.example:8080', settings);

  it('may use the relay when the operator says so, however the setting is spelled', () => {
    expect(allowed('https://chat.example')).toBe(true);
    expect(allowed('https://b.example:8443')).toBe(true);
    expect(allowed('https://b.example')).toBe(false);
    expect(allowed('http://chat.example')).toBe(false);
    expect(allowed('https://chat.example.evil.example')).toBe(false);
    expect(allowed('https://evil.example')).toBe(false);
  });

  it('may when it is the relay’s own', () => {
    expect(allowed('http://relay.example:8080')).toBe(true);
    expect(allowed('https://relay.example')).toBe(true);
    expect(allowed('https://relay.example:9090')).toBe(false);
  });

  it.each(['http://localhost:5173', 'https://app.localhost', 'http://127.0.0.1:3000', 'http://[::1]:3000'])(
    'may outside production when it is %s',
    (origin) => {
      expect(allowed(origin, development)).toBe(true);
      expect(allowed(origin)).toBe(false);
    },
  );

  it('may not when it only looks like localhost', () => {
    expect(allowed('http://localhost.evil.example', development)).toBe(false);
    expect(allowed('http://notlocalhost', development)).toBe(false);
  });

  it.each(['null', '', 'chat.example', 'file://', 'chrome-extension://relay.example:8080'])(
    'may not when it is %p',
    (origin) => {
      expect(allowed(origin, development)).toBe(false);
    },
  );

  it('is nothing a client that is not a browser has, and that may', () => expect(allowed(undefined)).toBe(true));
});
