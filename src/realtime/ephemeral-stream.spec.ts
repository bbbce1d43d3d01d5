import { EphemeralStream } from './ephemeral-stream.js';

const ignored = () => undefined;

describe('an ephemeral stream', () => {
  let listening: boolean;
  let tell: (value: number) => void;

  const newStream = () =>
    new EphemeralStream<number>((push) => {
      listening = true;
      tell = push;
      return () => (listening = false);
    });

  const take = async (stream: EphemeralStream<number>, count: number) => {
    const taken: unknown[] = [];
    while (taken.length < count) taken.push((await stream.next()).value);
    return taken;
  };

  it('yields what it is told, before and after it is asked', async () => {
    const stream = newStream();
    tell(0);
    tell(1);
    expect(await take(stream, 2)).toEqual([0, 1]);
    const asked = take(stream, 2);
    tell(2);
    tell(3);
    expect(await asked).toEqual([2, 3]);
  });

  it('drops the oldest when nobody asks', async () => {
    const stream = newStream();
    for (let value = 0; value < 20; value++) tell(value);
    expect(await take(stream, 16)).toEqual(Array.from({ length: 16 }, (_, n) => n + 4));
  });

  it('stops listening once, however often it is returned', async () => {
    const stream = newStream();
    await stream.return();
    // Somebody else listens by now.
    listening = true;
    await stream.return();
    expect(listening).toBe(true);
  });

  it('drops what is to be kept last of all', async () => {
    const stream = new EphemeralStream<number>(() => ignored, { most: 2, keeps: (value) => value < 3 });
    for (const value of [1, 7, 8, 2]) stream.push(value);
    expect(await take(stream, 2)).toEqual([1, 2]);
    for (const value of [1, 2, 0]) stream.push(value);
    expect(await take(stream, 2)).toEqual([2, 0]);
  });

  it('ends at once when it is returned: for who waits, for who asks later, and for who tells', async () => {
    const stream = newStream();
    const waiting = [stream.next(), stream.next()];
    await stream.return();
    tell(1);
    const end = { value: undefined, done: true };
    expect(await Promise.all([...waiting, stream.next()])).toEqual([end, end, end]);
    expect(listening).toBe(false);
  });

  it('can be walked through', async () => {
    const stream = newStream();
    tell(7);
    for await (const value of stream) {
      expect(value).toBe(7);
      break;
    }
    expect(listening).toBe(false);
  });
});
