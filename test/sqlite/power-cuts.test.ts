// Power cuts: a preloaded library records all file operations of the service under load, and the database is opened
// from what a disk may keep at many points of the recording. POWER_CUTS sets their number, POWER_SEED their choice.

import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cutPower, databasePath, LostDataError, type RecordedLoad, recordLoad } from '../kit/power/campaign.ts';
import { findPreloadObstacle } from '../kit/power/preload-library.ts';
import { createRecorder } from '../kit/power/recorder.ts';
import { dropSyncs, listSyncs } from '../kit/power/recording.ts';

const cuts = Number(process.env.POWER_CUTS ?? 40);
const seed = Number(process.env.POWER_SEED ?? Date.now() % 2 ** 31);
/** The acknowledged writes of each process: more for more cuts. */
const writes = cuts > 100 ? [700, 500, 700] : [30, 30];
const failingWrites = cuts > 100 ? [150, 150, 150] : [12, 20];
const timeout = 120_000 + 200 * cuts;

const obstacle = await findPreloadObstacle();

describe('power cuts', { timeout }, () => {
  const opened = new AsyncDisposableStack();
  let load: RecordedLoad;
  let folder: string;

  beforeAll(async () => {
    if (obstacle !== undefined) return;
    folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'orders-test-'));
    opened.defer(() => rm(folder, { recursive: true, force: true }));
    load = await recordLoad(opened.use(await createRecorder()), { writes, seed });
  }, timeout);

  afterAll(() => opened.disposeAsync());

  test('no acknowledged write is lost when the power is cut at any point', async (context) => {
    if (obstacle !== undefined) return context.skip(obstacle);
    const result = await cutPower(load, { cuts, seed, folder, keepsFiles: true });
    if (cuts > 100) console.info({ seed, ...result });
    expect(result.writes).toBeGreaterThan(writes.length * 20);
  });

  test('new folders are synced into their parents before the first response', async (context) => {
    if (obstacle !== undefined) return context.skip(obstacle);
    const { recording } = load;
    const { folder: root, operations } = recording;
    const first = operations.findIndex(({ kind }) => kind === 'response');
    const synced = listSyncs(recording).flatMap(({ at, path }) => (at < first ? [path] : []));
    const database = join(root, databasePath);
    expect(synced).toEqual(expect.arrayContaining([root, dirname(dirname(database)), dirname(database), database]));
  });

  test('the checker finds lost writes if a new folder is not synced into its parent', async (context) => {
    if (obstacle !== undefined) return context.skip(obstacle);
    const recording = dropSyncs(load.recording, (path) => path === load.recording.folder);
    const result = cutPower({ ...load, recording }, { cuts: 40, seed, folder });
    await expect(result).rejects.toThrow(LostDataError);
    await expect(result).rejects.toThrow('lost: order');
  });

  test('no acknowledged write is lost when the power is cut after failed writes, failed syncs and kills', async (context) => {
    if (obstacle !== undefined) return context.skip(obstacle);
    await using recorder = await createRecorder();
    const failing = await recordLoad(recorder, { writes: failingWrites, seed, hasFaults: true });
    const result = await cutPower(failing, { cuts, seed, folder, keepsFiles: true });
    if (cuts > 100) console.info({ seed, ...result });
    expect(result.writes).toBeGreaterThan(failingWrites.length * 10);
  });

  test('the checker finds lost writes if commits are not synced', async (context) => {
    if (obstacle !== undefined) return context.skip(obstacle);
    await using recorder = await createRecorder();
    const patch = new URL('../kit/power/lower-synchronous.ts', import.meta.url).href;
    const environment = { NODE_OPTIONS: `--import ${patch}` };
    const unsafe = await recordLoad(recorder, { writes: [30], seed, environment });
    await expect(cutPower(unsafe, { cuts: 40, seed, folder })).rejects.toThrow('lost: ');
  });
});
