import { Log } from './log.js';

describe('the log', () => {
  const lines: string[] = [];
  const log = new Log('info', { write: (line) => void lines.push(line) });
  const line = () =>
    JSON.parse(lines[0] ?? '{}') as { ref?: string; fault?: { frames: string[] } & Record<string, unknown> };

  beforeEach(() => lines.splice(0));

  it('tells where an unexpected error happened and its codes, and nothing it says', () => {
    const error = Object.assign(new TypeError('Key (username)=(alice) exists\n    at alice (secret:1:1)'), {
      code: '23505',
      table: 'accounts',
      constraint: 'accounts_username_key',
      detail: 'Key (username)=(alice) already exists.',
      parameters: ['alice', 'secret'],
      query: "INSERT INTO accounts VALUES ('alice')",
    });
    log.unexpected('the-ref', error);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(/alice|secret/);
    const { ref, fault } = line();
    expect(ref).toBe('the-ref');
    expect(fault).toMatchObject({
      name: 'TypeError',
      code: '23505',
      table: 'accounts',
      constraint: 'accounts_username_key',
    });
    expect(fault?.frames[0]).toMatch(/^at .*log\.spec\.ts:\d+:\d+\)?$/);
  });

  it.each([['a string'], [undefined], [{ password: 'secret' }]])('survives that %p was thrown', (thrown) => {
    log.unexpected('the-ref', thrown);
    expect(line()).toMatchObject({ ref: 'the-ref', fault: { name: typeof thrown, frames: [] } });
    expect(lines[0]).not.toMatch(/a string|secret/);
  });

  it('leaves out a code or a name that could be a sentence', () => {
    log.unexpected('the-ref', Object.assign(new Error('x'), { code: 'alice said "hello"', name: 'Dear Alice, hello' }));
    expect(lines[0]).not.toMatch(/alice/i);
  });

  it('names neither the machine nor the process', () => {
    log.info('listening');
    expect(Object.keys(JSON.parse(lines[0] ?? '{}') as object).sort()).toEqual(['level', 'msg', 'time']);
  });
});
