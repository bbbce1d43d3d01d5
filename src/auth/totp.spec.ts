import { execFileSync } from 'node:child_process';
import { enrollmentOf, newTotpSecret, stepOfCode } from './totp.js';

const secret = Buffer.from('12345678901234567890');
const at = (seconds: number) => new Date(seconds * 1000);

it.each([
  [0, '755224'],
  [1, '287082'],
  [2, '359152'],
  [3, '969429'],
  [4, '338314'],
  [5, '254676'],
  [6, '287922'],
  [7, '162583'],
  [8, '399871'],
  [9, '520489'],
])('knows the code of RFC 4226, appendix D, for counter %i', (counter, code) => {
  expect(stepOfCode(secret, code, at(counter * 30))).toBe(counter);
});

// Of eight digits there; the code of six is the end of it.
it.each([
  [59, '94287082'],
  [1111111109, '07081804'],
  [1111111111, '14050471'],
  [1234567890, '89005924'],
  [2000000000, '69279037'],
  [20000000000, '65353130'],
])('knows the code of RFC 6238, appendix B, at %i s', (seconds, code) => {
  expect(stepOfCode(secret, code.slice(2), at(seconds))).toBe(Math.floor(seconds / 30));
});

it('takes the code of the step before and after, and of no other', () => {
  const steps = [37037034, 37037035, 37037036, 37037037, 37037038];
  expect(steps.map((step) => stepOfCode(secret, '081804', at(step * 30)))).toEqual([
    undefined,
    37037036,
    37037036,
    37037036,
    undefined,
  ]);
});

it.each(['', '81804', '0081804', ' 081804', '081804 ', '０８１８０４', 'éééééé'])('takes %j for no code', (code) => {
  expect(stepOfCode(secret, code, at(1111111109))).toBeUndefined();
});

it('tells an authenticator app all it needs', () => {
  const base32 = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  expect(enrollmentOf('a.b-c_d', secret)).toEqual({
    secret: base32,
    otpauthUri: `otpauth://totp/Lethe:a.b-c_d?issuer=Lethe&secret=${base32}&algorithm=SHA1&digits=6&period=30`,
  });
});

const oathtoolIsThere = (() => {
  try {
    execFileSync('oathtool', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write('No oathtool on the PATH: its comparison is skipped.\n');
    return false;
  }
})();

(oathtoolIsThere ? it : it.skip)('knows the codes that oathtool gives', () => {
  const own = newTotpSecret();
  const { secret: base32 } = enrollmentOf('alice', own);
  for (const seconds of [59, 1111111109, 1_800_000_000]) {
    const code = execFileSync('oathtool', ['--totp', '--base32', '--now', `@${seconds}`, base32])
      .toString()
      .trim();
    expect(stepOfCode(own, code, at(seconds))).toBe(Math.floor(seconds / 30));
  }
});
