// A full and a failing disk under the real service process: a preloaded library lets its file operations fail.

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import { contractFetch } from '../kit/http/contract-fetch.ts';
import { buildLargeOrder, buildOrder } from '../kit/http/orders.ts';
import { catchProblem } from '../kit/http/problems.ts';
import { findPreloadObstacle } from '../kit/power/preload-library.ts';
import { createRecorder, type Recorder } from '../kit/power/recorder.ts';
import { startServiceProcess } from '../kit/service/process.ts';
import { waitUntil } from '../kit/wait-until.ts';

const obstacle = await findPreloadObstacle();

/** Starts the service on the recorded folder, with a client and its log. */
async function startOnDisk({ folder, environment }: Recorder) {
  const path = join(folder, 'orders.db');
  const logLines: string[] = [];
  const variables = { ...environment, DATABASE_URL: `sqlite:${path}` };
  const service = await startServiceProcess(variables, (line) => logLines.push(line));
  const client = createClient({ baseUrl: service.url, fetch: contractFetch, maxRetries: 0 });
  const create = () => client.orders.create(buildOrder());
  const readReadiness = async () => (await contractFetch(`${service.url}/health/ready`)).status;
  return { ...service, path, logLines, client, create, readReadiness };
}

// Processes start slowly on a loaded machine.
describe('a full disk', { timeout: 90_000 }, () => {
  test('a full disk makes a running service not ready, writes name it, and they resume when there is space', async (context) => {
    if (obstacle !== undefined) return context.skip(obstacle);
    await using recorder = await createRecorder();
    await using service = await startOnDisk(recorder);
    await service.create();
    await recorder.setFaults('full');
    for (let attempt = 0; attempt < 2; attempt++) {
      const problem = await catchProblem('unavailable', service.create());
      expect(problem.detail).toContain('the disk is full');
      expect(await service.readReadiness()).toBe(503);
    }
    expect(await service.client.orders.get({ orderId: 1 })).toMatchObject({ version: 1 });
    await recorder.setFaults();
    expect(await service.readReadiness()).toBe(200);
    expect(await service.create()).toMatchObject({ id: 2 });
  });

  test.for(['SIGKILL', 'SIGTERM'] as const)(
    'a start on a full disk after %s serves reads, names the cause, and resumes writes when there is space',
    async (signal, context) => {
      if (obstacle !== undefined) return context.skip(obstacle);
      await using recorder = await createRecorder();
      {
        await using service = await startOnDisk(recorder);
        await service.create();
        await service.stop(signal);
      }
      await recorder.setFaults('full');
      await using service = await startOnDisk(recorder);
      // The first attempt must not prevent the next ones.
      for (let attempt = 0; attempt < 2; attempt++) {
        expect(await service.readReadiness()).toBe(503);
        const problem = await catchProblem('unavailable', service.create());
        expect(problem.detail).toContain('the disk is full');
      }
      expect(await service.client.orders.get({ orderId: 1 })).toMatchObject({ version: 1 });
      const log = service.logLines.join('\n');
      expect(log).toContain('the database is open for reads only; writes are refused until they are possible again');
      expect(log).toContain(`cannot use ${service.path}: the disk is full`);
      await recorder.setFaults();
      expect(await service.readReadiness()).toBe(200);
      expect(await service.create()).toMatchObject({ id: 2 });
    },
  );
});

test('a failing checkpoint is logged once until it succeeds, and writes continue', {
  timeout: 90_000,
}, async (context) => {
  if (obstacle !== undefined) return context.skip(obstacle);
  await using recorder = await createRecorder();
  await using service = await startOnDisk(recorder);
  await recorder.setFaults('write:orders.db');
  const findLines = (text: string) => service.logLines.filter((line) => line.includes(text));
  const warning = `commits stay in ${service.path}-wal, which grows: cannot use ${service.path}: the disk is full or failing`;
  const createUntilLogged = (text: string) =>
    waitUntil(
      async () => {
        await service.client.orders.create(buildLargeOrder());
        return findLines(text).length;
      },
      (count) => count > 0,
      60_000,
    );
  await createUntilLogged(warning);
  await service.create();
  expect(await service.readReadiness()).toBe(200);
  await recorder.setFaults();
  await createUntilLogged(`commits are moved from ${service.path}-wal again`);
  expect(findLines(warning)).toHaveLength(1);
  expect((await stat(`${service.path}-wal`)).size).toBeLessThan(4_000_000);
});

describe('a failed sync', { timeout: 90_000 }, () => {
  test('a write whose sync fails gets 503, and the service is not ready until a trial write is synced', async (context) => {
    if (obstacle !== undefined) return context.skip(obstacle);
    await using recorder = await createRecorder();
    await using service = await startOnDisk(recorder);
    await recorder.setFaults('sync:-wal');
    const problem = await catchProblem('unavailable', service.create());
    expect(problem.detail).toContain('the disk is full or failing');
    for (let check = 0; check < 2; check++) expect(await service.readReadiness()).toBe(503);
    expect((await service.client.orders.list()).data).toEqual([]);
    await recorder.setFaults();
    expect(await service.readReadiness()).toBe(200);
    expect(await service.create()).toMatchObject({ id: 1 });
  });

  test('a start that cannot sync the folder of the database serves reads only, until it can', async (context) => {
    if (obstacle !== undefined) return context.skip(obstacle);
    await using recorder = await createRecorder();
    {
      await using service = await startOnDisk(recorder);
      await service.create();
      await service.stop('SIGTERM');
    }
    await recorder.setFaults(`sync:${recorder.folder}`);
    await using service = await startOnDisk(recorder);
    await catchProblem('unavailable', service.create());
    expect(await service.readReadiness()).toBe(503);
    expect(await service.client.orders.get({ orderId: 1 })).toMatchObject({ version: 1 });
    await recorder.setFaults();
    expect(await service.create()).toMatchObject({ id: 2 });
  });
});

test('reads and health checks are served while the disk does not finish a sync', {
  timeout: 90_000,
}, async (context) => {
  if (obstacle !== undefined) return context.skip(obstacle);
  await using recorder = await createRecorder();
  await using service = await startOnDisk(recorder);
  await service.create();
  const readLogSize = async () => (await stat(`${service.path}-wal`)).size;
  const before = await readLogSize();
  await recorder.setFaults('hold:-wal');
  let isAcknowledged = false;
  const write = service.create().finally(() => {
    isAcknowledged = true;
  });
  // SQLite writes the commit into the file before it syncs it.
  await waitUntil(readLogSize, (size) => size > before);
  expect(await service.client.orders.get({ orderId: 1 })).toMatchObject({ version: 1 });
  expect((await service.client.orders.list()).data).toHaveLength(1);
  expect((await contractFetch(`${service.url}/health`)).status).toBe(200);
  expect(await service.readReadiness()).toBe(200);
  expect(isAcknowledged).toBe(false);
  await recorder.setFaults();
  expect(await write).toMatchObject({ id: 2 });
});
