import { DeviceOwner, STOCK, type Stock } from '../harness/device-owner.js';
import { KeyRing } from '../harness/key-ring.js';
import { login } from '../harness/people.js';
import { describeWithRedis, startRedis, type TestRedis } from '../harness/redis.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { within } from '../harness/within.js';

interface Signal {
  kind: string;
  stock: Stock | null;
}

/** What a device is told from now on; `ended` says why nothing more comes. */
class Signals {
  readonly heard: Signal[] = [];
  ended: unknown;

  constructor(owner: DeviceOwner) {
    owner.connection.subscribe<{ deviceSignals: Signal }>(
      { query: `subscription { deviceSignals { kind stock { ${STOCK} } } }` },
      {
        next: ({ data, errors }) => (data ? this.heard.push(data.deviceSignals) : (this.ended = errors)),
        error: (error) => (this.ended = error),
        complete: () => (this.ended ??= 'complete'),
      },
    );
  }

  get kinds(): string[] {
    return this.heard.map(({ kind }) => kind);
  }

  async have(count: number): Promise<void> {
    await within(5_000, () => this.heard.length >= count);
  }
}

const STALE = 'SIGNED_PRE_KEY_STALE';
const LOW = 'PRE_KEYS_LOW';

describeWithRedis('the signals of a device', () => {
  let redis: TestRedis;
  let relay: TestRelay;
  let second: TestRelay;
  let phone: DeviceOwner;
  let tablet: DeviceOwner;
  let bob: DeviceOwner;
  const keys = KeyRing.ed25519();

  beforeAll(async () => {
    redis = await startRedis();
    relay = await startRelay({ env: { REDIS_URL: redis.url } });
    second = await startRelay({ beside: relay, env: { REDIS_URL: redis.url } });
    phone = await DeviceOwner.registers(relay, 'alice', keys.newDevice({ oneTime: 60, kem: 5 }));
    tablet = await phone.addsDevice(KeyRing.ed25519().newDevice());
    bob = await DeviceOwner.registers(relay, 'bob', KeyRing.ed25519().newDevice());
    relay.clock.advance({ days: 10 });
    [phone, tablet, bob] = await Promise.all([phone.logsInAgain(), tablet.logsInAgain(), bob.logsInAgain()]);
  });

  afterAll(async () => {
    await Promise.all([phone, tablet].map((owner) => owner.goesAway()));
    await second.stop();
    await relay.stop();
    await redis.stop();
  });

  const claim = (count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, n) => bob.movesTo(n % 2 ? relay : second).claims(phone.id, [phone.deviceId])),
    );

  it('come once for each time its prekeys run low, on whatever process it listens and they are claimed', async () => {
    const phoneElsewhere = phone.movesTo(second);
    const [here, elsewhere, others] = [new Signals(phone), new Signals(phoneElsewhere), new Signals(tablet)];
    // Its signed prekey is ten days old: hearing so shows that it listens.
    await Promise.all([here.have(1), elsewhere.have(1), others.have(1)]);

    await claim(40);
    expect(await phone.stock()).toMatchObject({ oneTimePreKeys: 20 });
    await claim(10);
    await Promise.all([here.have(2), elsewhere.have(2)]);
    expect(here.heard[1]!.stock!.oneTimePreKeys).toBeLessThan(20);
    await claim(10);
    await phone.uploads({ oneTimePreKeys: keys.ecPreKeys(100, 60) });
    await claim(41);
    await Promise.all([here.have(3), elsewhere.have(3)]);

    expect(here.kinds).toEqual([STALE, LOW, LOW]);
    expect(elsewhere.kinds).toEqual([STALE, LOW, LOW]);
    expect(others.kinds).toEqual([STALE]);
    await phoneElsewhere.goesAway();
  });

  it('say what was missed when it begins to listen', async () => {
    await phone.goesAway();
    const stale = new Signals(phone);
    await stale.have(2);
    expect(stale.heard).toMatchObject([
      { kind: STALE, stock: { state: 'STALE', signedPreKeyAgeDays: 10 } },
      { kind: LOW, stock: { oneTimePreKeys: 19 } },
    ]);
    await phone.uploads({ signedPreKey: keys.signedPreKey(2) });
    const renewed = new Signals(phone);
    await renewed.have(1);
    expect(renewed.heard).toMatchObject([{ kind: LOW, stock: { state: 'EMPTY', kemPreKeys: 0 } }]);
  });

  it('need a session that is bound to a device', async () => {
    const visitor = new DeviceOwner(relay, await login(relay, 'alice'));
    const signals = new Signals(visitor);
    await within(5_000, () => signals.ended !== undefined);
    expect(signals.ended).toMatchObject([{ extensions: { code: 'FORBIDDEN', reason: 'DEVICE_REQUIRED' } }]);
    await visitor.goesAway();
  });

  it('end within a second when the device is deactivated, on whatever process', async () => {
    const signals = new Signals(tablet);
    await signals.have(1);
    await phone.movesTo(second).deactivates(tablet.deviceId);
    await within(1_000, () => signals.ended !== undefined);
    expect(signals.ended).toMatchObject({ code: 4401 });
  });
});
