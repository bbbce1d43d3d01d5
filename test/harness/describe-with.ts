interface Need {
  /** As in "needs a redis-server on the PATH". */
  what: string;
  isThere: boolean;
  /** The variable that CI sets to 1, so that nothing is skipped there. */
  requiredBy: string;
}

/** Stories that need a program of the machine: without it they are skipped, and a line says so, or fail where CI requires it. */
export function describeWith({ what, isThere, requiredBy }: Need, name: string, stories: () => void): void {
  if (isThere) return describe(name, stories);
  const why = `needs ${what}`;
  if (process.env[requiredBy] === '1') {
    it(`${name}: ${why}`, () => Promise.reject(new Error(`${name}: ${why}`)));
  } else {
    process.stderr.write(`Skipped, ${why}: ${name}\n`);
    describe.skip(`${name} (skipped: ${why})`, stories);
  }
}
