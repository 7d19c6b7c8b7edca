// Power cuts at many points of one recording of the service under load.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom, type Random } from '../chaos/random.ts';
import { startServiceProcess } from '../service/process.ts';
import { waitUntil } from '../wait-until.ts';
import { checkStateAfterPowerCut } from './check-state.ts';
import { Guarantees } from './guarantees.ts';
import { LoadLog, type Observation, runClients } from './load.ts';
import type { DiskFault, Recorder } from './recorder.ts';
import type { Recording } from './recording.ts';
import { SimulatedDisk } from './simulated-disk.ts';

/** The file operations of the service under load, and the responses that its clients received. */
export type RecordedLoad = { recording: Recording; observations: Observation[] };

/** The path of the database below the recorded folder. The service creates the folders. */
export const databasePath = 'data/new/orders.db';

type LoadOptions = {
  /** The number of acknowledged writes after which a process ends, one for each process. */
  writes: readonly number[];
  seed: number;
  /** Additional variables for the service. */
  environment?: Record<string, string>;
  /** Whether syncs and writes fail now and then, and before each kill. */
  hasFaults?: boolean;
};

/** Records a service process after the other on one database. All are killed under load, except every second one. */
export async function recordLoad(recorder: Recorder, options: LoadOptions): Promise<RecordedLoad> {
  const random = createRandom(options.seed);
  const log = new LoadLog();
  for (const [index, count] of options.writes.entries()) {
    await using service = await startServiceProcess({
      ...recorder.environment,
      ...options.environment,
      DATABASE_URL: `sqlite:${join(recorder.folder, databasePath)}`,
    });
    const stop = new AbortController();
    const load = runClients(service.url, log, random.fork(), stop.signal);
    const end = log.writes + count;
    if (options.hasFaults) await injectFaults(recorder, log, random.fork(), end);
    await waitForLog(log, ({ writes }) => writes >= end);
    const isKilled = index % 2 === 0;
    if (options.hasFaults && isKilled) await failOnce(recorder, log, 'sync:-wal');
    if (isKilled) await service.stop('SIGKILL');
    stop.abort();
    await load;
    if (!isKilled) await service.stop('SIGTERM');
    await recorder.setFaults();
  }
  return { recording: await recorder.readRecording(), observations: log.observations };
}

function waitForLog(log: LoadLog, isDone: (log: LoadLog) => boolean): Promise<unknown> {
  return waitUntil(() => log, isDone, loadTimeoutMs);
}

const loadTimeoutMs = 300_000;
const faults: readonly DiskFault[] = ['sync:-wal', 'write:-wal', 'full', 'sync:orders.db'];

/** Lets file operations fail again and again, until `end` writes are acknowledged. */
async function injectFaults(recorder: Recorder, log: LoadLog, random: Random, end: number): Promise<void> {
  while (log.writes < end) {
    const next = log.writes + 1 + random.below(20);
    await waitForLog(log, ({ writes }) => writes >= next);
    const fault = random.pick(faults);
    if (fault !== 'sync:orders.db') await failOnce(recorder, log, fault);
    else {
      // A checkpoint fails without an effect on responses.
      await recorder.setFaults(fault);
      await waitForLog(log, ({ writes }) => writes >= next + 20);
    }
    await recorder.setFaults();
  }
}

/** Lets operations fail until a response reports it. */
async function failOnce(recorder: Recorder, log: LoadLog, fault: DiskFault): Promise<void> {
  const { failures } = log;
  await recorder.setFaults(fault);
  await waitForLog(log, (current) => current.failures > failures);
}

/** The coverage of a campaign. */
export type CampaignResult = { cuts: number; operations: number; writes: number; seconds: number };

/** The database lacks something that is guaranteed, or is inconsistent, after a power cut. */
export class LostDataError extends Error {
  override readonly name = 'LostDataError';
}

type CutOptions = {
  cuts: number;
  seed: number;
  /** An empty folder on a fast disk. */
  folder: string;
  /** Whether the files are kept for an analysis if data is lost. */
  keepsFiles?: boolean;
};

/**
 * Cuts the power at random points, half of them right after a response.
 * @throws LostDataError names the point and the seed
 */
export async function cutPower(
  { recording, observations }: RecordedLoad,
  { cuts, seed, folder, keepsFiles = false }: CutOptions,
): Promise<CampaignResult> {
  const begin = performance.now();
  const disk = new SimulatedDisk(recording);
  const guarantees = new Guarantees(recording, observations);
  const path = join(folder, 'disk');
  for (const at of choosePoints(recording, cuts, seed)) {
    disk.advance(at);
    guarantees.advance(at);
    disk.writeSurvivor(path, createRandom(seed + at));
    try {
      await checkStateAfterPowerCut(`sqlite:${join(path, databasePath)}`, guarantees);
    } catch (cause) {
      const place = `at operation ${at} of ${recording.operations.length}, POWER_SEED=${seed}`;
      const kept = keepsFiles ? `; its files are in ${await keepSurvivor(disk, createRandom(seed + at))}` : '';
      throw new LostDataError(`${toMessage(cause)} (a power cut ${place}${kept})`, { cause });
    }
  }
  const seconds = Math.round((performance.now() - begin) / 100) / 10;
  return { cuts, operations: recording.operations.length, writes: guarantees.writes, seconds };
}

async function keepSurvivor(disk: SimulatedDisk, random: Random): Promise<string> {
  const kept = await mkdtemp(join(tmpdir(), 'orders-power-cut-'));
  disk.writeSurvivor(join(kept, 'disk'), random);
  return kept;
}

function toMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Returns the numbers of operations after which the power is cut, in ascending order. */
function choosePoints({ operations }: Recording, cuts: number, seed: number): number[] {
  const random = createRandom(seed);
  const responses = operations.flatMap(({ kind }, at) => (kind === 'response' ? [at] : []));
  const points = Array.from({ length: cuts }, (_, index) =>
    index % 2 === 0 ? random.below(operations.length) : random.pick(responses),
  );
  return points.sort((a, b) => a - b);
}
