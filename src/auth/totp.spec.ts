import { execFileSync } from 'node:child_process';
import { base32 } from './base32.js';
import { codeAt, newTotpSecret, stepOf, stepOfCode } from './totp.js';

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
])('gives the code of RFC 4226, appendix D, for counter %i', (counter, code) => {
  expect(codeAt(secret, counter)).toBe(code);
});

it.each([
  [59, '94287082'],
  [1111111109, '07081804'],
  [1111111111, '14050471'],
  [1234567890, '89005924'],
  [2000000000, '69279037'],
  [20000000000, '65353130'],
])('gives the code of RFC 6238, appendix B, at %i s', (seconds, code) => {
  expect(codeAt(secret, stepOf(at(seconds)), 8)).toBe(code);
});

it('takes the code of the step before and after, and of no other', () => {
  const code = codeAt(secret, 1000);
  expect([998, 999, 1000, 1001, 1002].map((step) => stepOfCode(secret, code, at(step * 30)))).toEqual([
    undefined,
    1000,
    1000,
    1000,
    undefined,
  ]);
  expect(stepOfCode(secret, code.slice(1), at(30_000))).toBeUndefined();
});

it.each([
  ['', ''],
  ['fooba', 'MZXW6YTB'],
  ['\x00\x00\x00\x00\x00', 'AAAAAAAA'],
  ['\xff\xff\xff\xff\xff', '77777777'],
])('writes base32 as RFC 4648 does: %j', (bytes, text) => {
  expect(base32(Buffer.from(bytes, 'latin1'))).toBe(text);
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

(oathtoolIsThere ? it : it.skip)('gives the codes that oathtool gives', () => {
  const own = newTotpSecret();
  for (const seconds of [59, 1111111109, 1_800_000_000]) {
    const given = execFileSync('oathtool', ['--totp', '--base32', '--now', `@${seconds}`, base32(own)]);
    expect(given.toString().trim()).toBe(codeAt(own, stepOf(at(seconds))));
  }
});
