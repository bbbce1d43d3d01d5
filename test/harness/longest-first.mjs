/** What takes longest, so that no core waits for it at the end. */
const longest = [
  'guarantee.spec',
  'sweep.spec',
  'bad-input.spec',
  'running-chores.spec',
  'embedded-postgres.spec',
  'starting.spec',
  'random-input.spec',
];

const rank = ({ path }) => {
  const place = longest.findIndex((name) => path.includes(name));
  return place < 0 ? longest.length : place;
};

/** In which order jest takes the files; the rest by their names, so that a run is like the next. */
export default class LongestFirst {
  sort(tests) {
    return [...tests].sort((one, other) => rank(one) - rank(other) || one.path.localeCompare(other.path));
  }

  shard(tests) {
    return tests;
  }

  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {}
}
