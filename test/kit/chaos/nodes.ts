// Nodes as processes that somebody looks after: one that ends is started again at once, on the same port.

import { freePort } from '../free-port.ts';
import { type ServiceProcess, startProcess } from '../process.ts';
import { until } from '../until.ts';
import type { Random } from './random.ts';

type LogLine = { level: number; msg: string; err?: { message?: string } };

export type Nodes = AsyncDisposable & {
  /** Where each of them is, whenever it is. */
  readonly urls: readonly string[];
  /** The URL of a node that lives, by chance; waits for one. */
  pick(random: Random): Promise<string>;
  /** Kills a node that lives, by chance; answers its number, or undefined where none does. */
  kill(random: Random): Promise<number | undefined>;
  /** Stops a node that lives in whatever it does, by chance, until what this answers is called. */
  freeze(random: Random): (() => void) | undefined;
  untilAllLive(): Promise<void>;
  /** How often nodes were started again in vain, and why. */
  readonly failedStarts: readonly string[];
  /** How nodes have ended that nobody killed. */
  readonly unasked: readonly string[];
  /** What the nodes have logged as a warning or worse. */
  readonly warnings: readonly LogLine[];
};

/** @param environments that of each node */
export async function startNodes(environments: readonly Record<string, string>[]): Promise<Nodes> {
  await using opening = new AsyncDisposableStack();
  const warnings: LogLine[] = [];
  const failedStarts: string[] = [];
  const unasked: string[] = [];
  const onLine = (text: string) => {
    if (text.startsWith('{"level":30')) return;
    const line: LogLine & { res?: unknown } = JSON.parse(text);
    // What was answered is known to those who asked.
    if (!line.res) warnings.push(line);
  };
  const nodes: Node[] = [];
  for (const environment of environments) {
    const port = await freePort();
    const start = () => startProcess({ ...environment, PORT: String(port) }, onLine);
    nodes.push(opening.use(new Node(start, { failedStarts, unasked })));
  }
  const living = () => nodes.filter(({ isAwake }) => isAwake).flatMap(({ process }) => process ?? []);
  const untilAllLive = async () => {
    await until(
      () => living().length,
      (count) => count === nodes.length,
      60_000,
    );
  };
  await untilAllLive();
  const opened = opening.move();
  return {
    urls: living().map(({ url }) => url),
    pick: async (random) => {
      const some = await until(living, (found) => found.length > 0, 60_000);
      return random.pick(some).url;
    },
    kill: async (random) => {
      const alive = nodes.filter(({ process, isAwake }) => process && isAwake);
      if (alive.length === 0) return undefined;
      const node = random.pick(alive);
      await node.kill();
      return nodes.indexOf(node);
    },
    freeze: (random) => {
      const alive = nodes.filter(({ process, isAwake }) => process && isAwake);
      return alive.length === 0 ? undefined : random.pick(alive).freeze();
    },
    untilAllLive,
    failedStarts,
    unasked,
    warnings,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

type Book = { failedStarts: string[]; unasked: string[] };

class Node implements AsyncDisposable {
  readonly #start: () => Promise<ServiceProcess>;
  readonly #book: Book;
  readonly #running: Promise<void>;
  #process: ServiceProcess | undefined;
  #isAwake = true;
  #isOver = false;
  #isKilled = false;

  constructor(start: () => Promise<ServiceProcess>, book: Book) {
    this.#start = start;
    this.#book = book;
    this.#running = this.#run();
  }

  /** Undefined while it is not there. */
  get process(): ServiceProcess | undefined {
    return this.#process;
  }

  /** Whether nobody has stopped it. */
  get isAwake(): boolean {
    return this.#isAwake;
  }

  freeze(): () => void {
    const frozen = this.#process;
    frozen?.send('SIGSTOP');
    this.#isAwake = false;
    return () => {
      frozen?.send('SIGCONT');
      this.#isAwake = true;
    };
  }

  async kill(): Promise<void> {
    const killed = this.#process;
    this.#process = undefined;
    this.#isKilled = true;
    await killed?.end('SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.kill();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      this.#isKilled = false;
      let started: ServiceProcess;
      try {
        started = await this.#start();
      } catch (error) {
        this.#book.failedStarts.push(error instanceof Error ? error.message : String(error));
        continue;
      }
      this.#process = started;
      if (this.#isOver) await this.kill();
      const exit = await started.exit;
      this.#process = undefined;
      if (!this.#isKilled) this.#book.unasked.push(JSON.stringify(exit));
    }
  }
}
