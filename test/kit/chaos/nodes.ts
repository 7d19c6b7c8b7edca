// Nodes as supervised processes: a process that ends is restarted immediately, on the same port.

import { findFreePort } from '../free-port.ts';
import { type ServiceProcess, startServiceProcess } from '../service/process.ts';
import { waitUntil } from '../wait-until.ts';
import type { Random } from './random.ts';

type LogLine = { level: number; msg: string; err?: { message?: string } };

const startDeadlineMs = 60_000;

/** A group of nodes that can be killed and frozen. */
export class Nodes implements AsyncDisposable {
  /** The error output of the starts that failed. */
  readonly failedStarts: string[] = [];
  /** The exits of nodes that were not killed by the test. */
  readonly unexpectedExits: string[] = [];
  /** The log lines of level `warn` and above, request lines excepted. */
  readonly warnings: LogLine[] = [];
  readonly #nodes: Node[] = [];

  /** Starts nodes and waits until all are ready. @param environments the environment variables of each node */
  static async start(environments: readonly Record<string, string>[]): Promise<Nodes> {
    await using opening = new AsyncDisposableStack();
    const nodes = opening.use(new Nodes());
    for (const environment of environments) nodes.#add({ ...environment, PORT: String(await findFreePort()) });
    await nodes.waitUntilAllReady();
    opening.move();
    return nodes;
  }

  /** The URLs of the nodes that are ready. A restarted node keeps its URL. */
  get urls(): string[] {
    return this.#ready.map(({ url }) => url);
  }

  /** Returns the URL of a random node that is ready; waits for one if necessary. */
  async pick(random: Random): Promise<string> {
    const ready = await waitUntil(
      () => this.#ready,
      (processes) => processes.length > 0,
      startDeadlineMs,
    );
    return random.pick(ready).url;
  }

  /** Kills a random node that is ready, and returns its index. Undefined if there is none. */
  async kill(random: Random): Promise<number | undefined> {
    const node = this.#pickReady(random);
    if (!node) return undefined;
    await node.kill();
    return this.#nodes.indexOf(node);
  }

  /**
   * Freezes a random node that is ready (SIGSTOP) until the returned function is called. Undefined if there is none.
   */
  freeze(random: Random): (() => void) | undefined {
    return this.#pickReady(random)?.freeze();
  }

  async waitUntilAllReady(): Promise<void> {
    await waitUntil(
      () => this.#ready.length,
      (count) => count === this.#nodes.length,
      startDeadlineMs,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node[Symbol.asyncDispose]()));
  }

  get #ready(): ServiceProcess[] {
    return this.#nodes.filter(({ isFrozen }) => !isFrozen).flatMap(({ process }) => process ?? []);
  }

  #pickReady(random: Random): Node | undefined {
    const ready = this.#nodes.filter(({ process, isFrozen }) => process && !isFrozen);
    return ready.length === 0 ? undefined : random.pick(ready);
  }

  #add(environment: Record<string, string>): void {
    this.#nodes.push(new Node(() => startServiceProcess(environment, (text) => this.#recordLine(text)), this));
  }

  #recordLine(text: string): void {
    if (text.startsWith('{"level":30')) return;
    const line: LogLine & { res?: unknown } = JSON.parse(text);
    // Error responses are recorded by the clients.
    if (!line.res) this.warnings.push(line);
  }
}

type ExitRecord = { failedStarts: string[]; unexpectedExits: string[] };

class Node implements AsyncDisposable {
  readonly #start: () => Promise<ServiceProcess>;
  readonly #record: ExitRecord;
  readonly #running: Promise<void>;
  #process: ServiceProcess | undefined;
  #isFrozen = false;
  #isDisposed = false;
  #isKilled = false;

  constructor(start: () => Promise<ServiceProcess>, record: ExitRecord) {
    this.#start = start;
    this.#record = record;
    this.#running = this.#run();
  }

  /** Undefined while the process is not ready. */
  get process(): ServiceProcess | undefined {
    return this.#process;
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  freeze(): () => void {
    const frozen = this.#process;
    frozen?.sendSignal('SIGSTOP');
    this.#isFrozen = true;
    return () => {
      frozen?.sendSignal('SIGCONT');
      this.#isFrozen = false;
    };
  }

  async kill(): Promise<void> {
    const killed = this.#process;
    this.#process = undefined;
    this.#isKilled = true;
    await killed?.stop('SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    await this.kill();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isDisposed) {
      this.#isKilled = false;
      let started: ServiceProcess;
      try {
        started = await this.#start();
      } catch (error) {
        this.#record.failedStarts.push(error instanceof Error ? error.message : String(error));
        continue;
      }
      this.#process = started;
      if (this.#isDisposed) await this.kill();
      const exit = await started.exit;
      this.#process = undefined;
      if (!this.#isKilled) this.#record.unexpectedExits.push(JSON.stringify(exit));
    }
  }
}
