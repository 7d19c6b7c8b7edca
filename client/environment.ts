// Time and randomness of the SDK, so that tests can replace them.

/** The sources of time and randomness. */
export type ClientEnvironment = {
  /** The time in milliseconds since the epoch. */
  now(): number;
  /** A random number of at least 0 and less than 1. It varies the pauses between attempts. */
  random(): number;
  /** A new idempotency key: 1 to 255 visible ASCII characters that no other call uses. */
  createKey(): string;
  /** Waits, at most until the signal is aborted. @throws the reason of the signal */
  sleep(ms: number, signal: AbortSignal | undefined): Promise<void>;
};

/** The real time and randomness. */
export const defaultEnvironment: ClientEnvironment = {
  now: Date.now,
  random: Math.random,
  createKey,
  sleep,
};

/** Returns 128 random bits. `crypto.randomUUID` is missing in pages that were loaded over plain HTTP. */
function createKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
