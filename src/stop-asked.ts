/** Ctrl-C under npm arrives twice: from the terminal and passed on by npm. */
const SAME_REQUEST_MS = 1_000;
const LOOK_FOR_PARENT_MS = 250;

/** Settles when the relay is asked to stop (SIGINT, SIGTERM). Whoever asks again ends it at once. */
export function stopAsked(): Promise<void> {
  return new Promise((resolve) => {
    let askedAt: number | undefined;
    const hear = () => {
      const now = performance.now();
      askedAt ??= now;
      resolve();
      // The embedded PostgreSQL hears of the exit and ends its connections and itself.
      if (now - askedAt > SAME_REQUEST_MS) process.exit(1);
    };
    process.on('SIGINT', hear).on('SIGTERM', hear);
    if (process.env.npm_lifecycle_event !== undefined) whenParentEnds(resolve);
  });
}

/** A signal sent to npm ends the shell between npm and the relay, which passes nothing on. */
function whenParentEnds(tell: () => void): void {
  const parent = process.ppid;
  const looking = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(looking);
    tell();
  }, LOOK_FOR_PARENT_MS).unref();
}
