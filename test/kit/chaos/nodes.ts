// Nodes as processes that somebody looks after: one that ends is started again at once, on the same port.

import { findFreePort } from '../free-port.ts';
import { type ServiceProcess, startServiceProcess } from '../process.ts';
import { waitUntil } from '../wait-until.ts';
import type { Random } from './random.ts';

type LogLine = { level: number; msg: string; err?: { message?: string } };

const startPatienceMs = 60_000;

/** Some nodes, of which somebody kills or stops one now and then. */
export class Nodes implements AsyncDisposable {
  /** How often nodes were started again in vain, and why. */
  readonly failedStarts: string[] = [];
  /** How nodes have ended that nobody killed. */
  readonly unexpectedExits: string[] = [];
  /** What the nodes have logged as a warning or worse. */
  readonly warnings: LogLine[] = [];
  readonly #nodes: Node[] = [];

  /** @param environments that of each node */
  static async start(environments: readonly Record<string, string>[]): Promise<Nodes> {
    await using opening = new AsyncDisposableStack();
    const nodes = opening.use(new Nodes());
    for (const environment of environments) nodes.#add({ ...environment, PORT: String(await findFreePort()) });
    await nodes.waitUntilAllReady();
    opening.move();
    return nodes;
  }

  /** Where each of those is that live; a node that is started again is where it was. */
  get urls(): string[] {
    return this.#living.map(({ url }) => url);
  }

  /** The URL of a node that lives, by chance; waits for one. */
  async pick(random: Random): Promise<string> {
    const some = await waitUntil(
      () => this.#living,
      (found) => found.length > 0,
      startPatienceMs,
    );
    return random.pick(some).url;
  }

  /** Kills a node that lives, by chance; answers its number, or undefined where none does. */
  async kill(random: Random): Promise<number | undefined> {
    const node = this.#pickAwake(random);
    if (!node) return undefined;
    await node.kill();
    return this.#nodes.indexOf(node);
  }

  /** Stops a node that lives in whatever it does, by chance, until what this answers is called. */
  freeze(random: Random): (() => void) | undefined {
    return this.#pickAwake(random)?.freeze();
  }

  async waitUntilAllReady(): Promise<void> {
    await waitUntil(
      () => this.#living.length,
      (count) => count === this.#nodes.length,
      startPatienceMs,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node[Symbol.asyncDispose]()));
  }

  get #living(): ServiceProcess[] {
    return this.#nodes.filter(({ isAwake }) => isAwake).flatMap(({ process }) => process ?? []);
  }

  #pickAwake(random: Random): Node | undefined {
    const awake = this.#nodes.filter(({ process, isAwake }) => process && isAwake);
    return awake.length === 0 ? undefined : random.pick(awake);
  }

  #add(environment: Record<string, string>): void {
    this.#nodes.push(new Node(() => startServiceProcess(environment, (text) => this.#note(text)), this));
  }

  #note(text: string): void {
    if (text.startsWith('{"level":30')) return;
    const line: LogLine & { res?: unknown } = JSON.parse(text);
    // What was answered is known to those who asked.
    if (!line.res) this.warnings.push(line);
  }
}

type Book = { failedStarts: string[]; unexpectedExits: string[] };

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
    frozen?.sendSignal('SIGSTOP');
    this.#isAwake = false;
    return () => {
      frozen?.sendSignal('SIGCONT');
      this.#isAwake = true;
    };
  }

  async kill(): Promise<void> {
    const killed = this.#process;
    this.#process = undefined;
    this.#isKilled = true;
    await killed?.stop('SIGKILL');
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
      if (!this.#isKilled) this.#book.unexpectedExits.push(JSON.stringify(exit));
    }
  }
}
