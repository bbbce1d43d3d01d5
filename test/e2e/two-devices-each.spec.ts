import { startRelay, type TestRelay } from '../harness/relay.js';
import { type Letter, SignalCorrespondent } from '../harness/signal-correspondent.js';

describe('two people with two devices each', () => {
  let relay: TestRelay;
  let alicePhone: SignalCorrespondent;
  let aliceLaptop: SignalCorrespondent;
  let bobPhone: SignalCorrespondent;
  let bobLaptop: SignalCorrespondent;
  let bobTablet: SignalCorrespondent;
  const said: string[] = [];

  beforeAll(async () => {
    relay = await startRelay();
    [alicePhone, bobPhone] = await Promise.all([
      SignalCorrespondent.arrives(relay, 'alice'),
      SignalCorrespondent.arrives(relay, 'bob'),
    ]);
    [aliceLaptop, bobLaptop] = await Promise.all([alicePhone.addsAnother(), bobPhone.addsAnother()]);
  });
  afterAll(async () => {
    await Promise.all([alicePhone, aliceLaptop, bobPhone, bobLaptop].map((device) => device.goesAway()));
    await relay.stop();
  });

  /** To the other, and to one's own other devices. */
  async function says(from: SignalCorrespondent, to: SignalCorrespondent, text: string) {
    said.push(text);
    const told = await from.writes(to.id, text);
    await from.writes(from.id, text);
    return told;
  }

  const letter = (from: SignalCorrespondent, text: string): Letter => ({ from: from.deviceId, text });
  const none = { missing: [], extra: [], stale: [] };

  it('meet through the mailbox while one of them is away', async () => {
    const told = await says(alicePhone, bobPhone, 'Hello, Bob!');
    expect(told).toEqual([{ ...none, missing: [bobPhone.deviceId, bobLaptop.deviceId] }]);
    expect(await says(alicePhone, bobPhone, 'Are you there?')).toEqual([]);

    // Now Bob comes back, to each of his devices at another time.
    const both = ['Hello, Bob!', 'Are you there?'].map((text) => letter(alicePhone, text));
    expect(await bobPhone.readsMailbox()).toEqual(both);
    expect(await aliceLaptop.readsMailbox()).toEqual(both);
    expect(await bobLaptop.readsMailbox()).toEqual(both);
    expect(await bobPhone.readsMailbox()).toEqual([]);
  });

  it('talk, each from whatever device is at hand, and all devices have all of it', async () => {
    const devices = [alicePhone, aliceLaptop, bobPhone, bobLaptop];
    const mail = new Map(devices.map((device) => [device, device.followsMailbox()]));
    const turns = [
      [bobLaptop, alicePhone, 'Here I am.'],
      [aliceLaptop, bobPhone, 'How are you?'],
      [bobPhone, alicePhone, 'Fine.'],
      [alicePhone, bobPhone, 'Good.'],
      [bobLaptop, alicePhone, 'And you?'],
      [aliceLaptop, bobPhone, 'Fine, too.'],
    ] as const;
    for (const [from, to, text] of turns) {
      await says(from, to, text);
      for (const device of devices.filter((one) => one !== from))
        expect(await device.opens(await mail.get(device)!.take(1))).toEqual([letter(from, text)]);
    }
    for (const device of devices) {
      const heard = turns.filter(([from]) => from !== device).length;
      expect(await device.acknowledges(mail.get(device)!.cursor)).toBe(heard);
    }
  });

  it('are told when one of them has another device, and go on with it', async () => {
    bobTablet = await bobPhone.addsAnother();
    expect(await says(alicePhone, bobPhone, 'A new one?')).toEqual([{ ...none, missing: [bobTablet.deviceId] }]);
    for (const device of [bobPhone, bobLaptop, bobTablet])
      expect(await device.readsMailbox()).toEqual([letter(alicePhone, 'A new one?')]);

    // The tablet has met nobody yet, and Bob's own phone not the tablet.
    await says(bobTablet, alicePhone, 'From the tablet.');
    expect(await says(bobPhone, alicePhone, 'From the phone.')).toEqual([]);
    const both = [letter(bobTablet, 'From the tablet.'), letter(bobPhone, 'From the phone.')];
    expect(await bobLaptop.readsMailbox()).toEqual(both);
    expect(await alicePhone.readsMailbox()).toEqual(both);
    expect(await bobTablet.readsMailbox()).toEqual(both.slice(1));
  });

  it('leave out a device that was removed', async () => {
    const lost = await bobLaptop.followsMailbox().caughtUp();
    await bobPhone.deactivates(bobLaptop.deviceId);
    expect(await lost.over()).toMatchObject({ code: 4401 });
    const told = await says(alicePhone, bobPhone, 'Without the laptop.');
    expect(told).toEqual([{ ...none, extra: [bobLaptop.deviceId] }]);
    expect(await bobTablet.readsMailbox()).toEqual([letter(alicePhone, 'Without the laptop.')]);
    expect(lost.waiting).toEqual([]);
  });

  it('have left nothing to read at the relay', async () => {
    const rows = await relay.rows<{ sealed_body: Buffer }>('SELECT sealed_body FROM mailbox_entries');
    expect(rows.length).toBeGreaterThan(0);
    for (const { sealed_body } of rows) for (const text of said) expect(sealed_body.includes(text)).toBe(false);
    for (const device of [alicePhone, aliceLaptop, bobPhone, bobTablet]) await device.readsMailbox();
    expect(await relay.rows('SELECT FROM mailbox_entries')).toEqual([]);
  });
});
