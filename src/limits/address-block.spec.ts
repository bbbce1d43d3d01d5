import { addressBlock } from './address-block.js';

describe('the address a budget belongs to', () => {
  it('is an IPv4 address in either spelling', () => {
    expect(addressBlock('203.0.113.7')).toBe('203.0.113.7');
    expect(addressBlock('::ffff:203.0.113.7')).toBe('203.0.113.7');
    expect(addressBlock('::FFFF:203.0.113.7')).toBe('203.0.113.7');
  });

  it.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
    ['2001:db8::1:2:3:4', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['64:ff9b::203.0.113.7', '64:ff9b:0:0::/64'],
  ])('is the /64 network of %s', (address, block) => expect(addressBlock(address)).toBe(block));

  it('is not the same for neighbouring networks', () => {
    expect(addressBlock('2001:db8:1:2::6')).not.toBe(addressBlock('2001:db8:1:3::6'));
  });
});
