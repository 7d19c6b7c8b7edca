// A timer for a moment that may be months away: Node's own take a longer time than 24.8 days for none at all.

const longestMs = 2 ** 31 - 1;

/**
 * Does something once, at a moment by this clock (milliseconds since the epoch), and not before; never where it is disposed
 * of first. It does not keep the process alive.
 */
export function alarmAt(momentMs: number, now: () => number, action: () => void): Disposable {
  let timer: NodeJS.Timeout;
  const wait = () => {
    const leftMs = Math.min(longestMs, Math.max(1, momentMs - now()));
    timer = setTimeout(() => (now() >= momentMs ? action() : wait()), leftMs).unref();
  };
  wait();
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}
