import { ProcessBuckets } from './process-buckets.js';
import { tokenBucket } from './token-bucket.js';

describe('a token bucket', () => {
  const posts = tokenBucket(60, 10, 1);

  it('lets a burst through and then as many as come back', () => {
    const buckets = new ProcessBuckets();
    const at = (now: number) => buckets.take('alice', posts, 1, now);
    for (let post = 0; post < 60; post++) expect(at(0)).toBe(0);
    expect(at(0)).toBe(100);
    expect(at(99)).toBe(1);
    expect(at(100)).toBe(0);
    expect(at(100)).toBe(100);
    for (let post = 0; post < 10; post++) expect(at(1_100)).toBe(0);
    expect(at(1_100)).toBe(100);
  });

  it('costs nothing to be refused', () => {
    const buckets = new ProcessBuckets();
    buckets.take('alice', posts, 60, 0);
    for (let attempt = 0; attempt < 1_000; attempt++) expect(buckets.take('alice', posts, 1, 0)).toBe(100);
    expect(buckets.take('alice', posts, 1, 100)).toBe(0);
  });

  it('never holds more than its burst, however long it rested', () => {
    const buckets = new ProcessBuckets();
    buckets.take('alice', posts, 1, 0);
    expect(buckets.take('alice', posts, 60, 3_600_000)).toBe(0);
    expect(buckets.take('alice', posts, 1, 3_600_000)).toBe(100);
  });

  it('counts every subject for itself', () => {
    const buckets = new ProcessBuckets();
    buckets.take('alice', posts, 60, 0);
    expect(buckets.take('alice', posts, 1, 0)).toBe(100);
    expect(buckets.take('bob', posts, 1, 0)).toBe(0);
  });

  it('gives all it has to a request for more than it holds, instead of refusing it for ever', () => {
    const buckets = new ProcessBuckets();
    expect(buckets.take('alice', posts, 500, 0)).toBe(0);
    expect(buckets.take('alice', posts, 500, 0)).toBe(6_000);
    expect(buckets.take('alice', posts, 500, 6_000)).toBe(0);
  });

  it('still lets one through at a time when scaled far down', () => {
    const buckets = new ProcessBuckets();
    const claims = tokenBucket(6 * 0.01, 1 * 0.01, 600);
    expect(buckets.take('alice', claims, 1, 0)).toBe(0);
    expect(buckets.take('alice', claims, 1, 0)).toBeGreaterThan(0);
  });
});

describe('the memory of buckets', () => {
  const second = tokenBucket(1, 1, 1);

  it('forgets buckets that are full again', () => {
    const buckets = new ProcessBuckets();
    for (let subject = 0; subject < 100; subject++) buckets.take(`${subject}`, second, 1, 0);
    expect(buckets.size).toBe(100);
    buckets.take('later', second, 1, 60_000);
    expect(buckets.size).toBe(1);
  });

  it('is bounded, whoever comes', () => {
    const buckets = new ProcessBuckets(10);
    for (let subject = 0; subject < 100; subject++) buckets.take(`${subject}`, second, 1, 0);
    expect(buckets.size).toBe(10);
    expect(buckets.take('99', second, 1, 0)).toBe(1_000);
  });
});
