// Sums the samples of CPU profiles by part (--cpu-prof, the format of the DevTools protocol, type Profiler.Profile).

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attributeFrame, type CallFrame, isSocketFrame, type LifePart } from './attribution.ts';

type ProfileNode = { id: number; callFrame: CallFrame; children?: number[] };

/** A profile of one thread. Times are microseconds of the monotonic clock. */
export type CpuProfile = {
  nodes: ProfileNode[];
  startTime: number;
  endTime: number;
  samples: number[];
  timeDeltas: number[];
};

/** An interval of the monotonic clock in microseconds. */
export type TimeWindow = { startUs: number; endUs: number };

/** Reads the profiles of all threads that ran during the whole window, in the order of their thread ids. */
export async function readProfiles(folder: string, { startUs, endUs }: TimeWindow): Promise<CpuProfile[]> {
  // A name is CPU.<date>.<time>.<process>.<thread>.<number>.cpuprofile; the main thread has the id 0.
  const readThreadId = (name: string) => Number(name.split('.')[4]);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile'));
  const sorted = names.toSorted((a, b) => readThreadId(a) - readThreadId(b));
  const profiles = sorted.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as CpuProfile);
  return (await Promise.all(profiles)).filter((profile) => profile.startTime < startUs && profile.endTime > endUs);
}

/** The active time of a thread within a window, in microseconds by part. Waiting for work does not count. */
export function sumActiveTime(profile: CpuProfile, window: TimeWindow): Map<LifePart, number> {
  const sums = new Map<LifePart, number>();
  for (const { part, us } of sumNodes(profile, window)) sums.set(part, (sums.get(part) ?? 0) + us);
  return sums;
}

/** The active time of one function without its callees, in microseconds. */
export type FunctionTime = { name: string; part: LifePart; us: number };

/** The functions of a thread with the most active time, longest first. */
export function listFunctions(profile: CpuProfile, window: TimeWindow, count: number): FunctionTime[] {
  const functions = new Map<string, FunctionTime>();
  for (const { node, part, us } of sumNodes(profile, window)) {
    const name = describeFrame(node.callFrame);
    const before = functions.get(`${part} ${name}`)?.us ?? 0;
    functions.set(`${part} ${name}`, { name, part, us: before + us });
  }
  return [...functions.values()].toSorted((a, b) => b.us - a.us).slice(0, count);
}

/** The name of a function and the last parts of its path. */
function describeFrame({ functionName, url }: CallFrame): string {
  const path = url
    .replace(/^.*\/node_modules\//, '')
    .split('/')
    .slice(-3)
    .join('/');
  return `${functionName || '(anonymous)'} ${path}`.trim();
}

/** The nodes that were active within a window. */
function sumNodes({ nodes, startTime, samples, timeDeltas }: CpuProfile, { startUs, endUs }: TimeWindow) {
  const parts = attributeNodes(nodes);
  const sums = new Map<number, number>();
  let timeUs = startTime;
  for (const [index, id] of samples.entries()) {
    const deltaUs = timeDeltas[index] ?? 0;
    timeUs += deltaUs;
    if (timeUs >= startUs && timeUs <= endUs) sums.set(id, (sums.get(id) ?? 0) + deltaUs);
  }
  return nodes.flatMap((node) => {
    const [part = 'other', us] = [parts.get(node.id), sums.get(node.id)];
    return part === 'idle' || us === undefined ? [] : [{ node, part, us }];
  });
}

/** The attribution that a node inherits from its callers. */
type Attribution = { part: LifePart | 'idle' | undefined; isSocket: boolean };

/** The part of each node: its own, or that of its nearest caller that has one. All callees of a commit belong to it. */
function attributeNodes(nodes: readonly ProfileNode[]): Map<number, LifePart | 'idle'> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parts = new Map<number, LifePart | 'idle'>();
  const visit = ({ id, callFrame, children = [] }: ProfileNode, caller: Attribution): void => {
    const part = caller.part === 'commit' ? 'commit' : (attributeFrame(callFrame) ?? caller.part);
    const isSocket = caller.isSocket || isSocketFrame(callFrame);
    parts.set(id, part ?? choosePart(isSocket));
    for (const child of children.flatMap((childId) => byId.get(childId) ?? [])) visit(child, { part, isSocket });
  };
  const callees = new Set(nodes.flatMap(({ children }) => children ?? []));
  for (const root of nodes.filter(({ id }) => !callees.has(id))) visit(root, { part: undefined, isSocket: false });
  return parts;
}

/** The part of a frame if neither it nor a caller has one. */
function choosePart(isSocket: boolean): LifePart {
  return isSocket ? 'HTTP and contract' : 'other';
}
