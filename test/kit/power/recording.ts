// The recorded operations of a process, in order.

/**
 * One operation. `fd` is a descriptor; its number is used again after the file was closed. `data` and `path` are views
 * of the recording.
 */
export type Operation =
  | { kind: 'start' }
  | { kind: 'open'; fd: number; path: string; isCreated: boolean; isEmptied: boolean }
  | { kind: 'write'; fd: number; offset: number; data: Buffer }
  | { kind: 'resize'; fd: number; length: number }
  | { kind: 'sync-begin'; fd: number }
  | { kind: 'sync-end'; fd: number; hasFailed: boolean }
  | { kind: 'unlink'; path: string }
  | { kind: 'rename'; path: string; newPath: string }
  | { kind: 'create-folder'; path: string }
  /** The service passed an HTTP response, or the first part of it, to the operating system. */
  | { kind: 'response'; data: Buffer };

/** The operations of all processes that used one folder. */
export type Recording = {
  /** The folder that the paths are in. */
  folder: string;
  operations: Operation[];
};

/** The bytes before the data of a record: kind, descriptor, offset, detail and length of the data (`struct head`). */
const headBytes = 24;

/**
 * Parses a recording.
 * @throws Error the process changed a file in a way that is not recorded
 */
export function parseRecording(bytes: Buffer, folder: string): Recording {
  const operations: Operation[] = [];
  for (let at = 0; at + headBytes <= bytes.length; ) {
    const kind = bytes.readUInt32LE(at);
    const fd = bytes.readInt32LE(at + 4);
    const offset = Number(bytes.readBigUInt64LE(at + 8));
    const detail = bytes.readUInt32LE(at + 16);
    const end = at + headBytes + bytes.readUInt32LE(at + 20);
    operations.push(toOperation(kind, { fd, offset, detail, data: bytes.subarray(at + headBytes, end) }));
    at = end;
  }
  return { folder, operations };
}

/** The kinds of records (`enum kind` of recorder.c). */
const kinds = {
  started: 1,
  opened: 2,
  written: 3,
  resized: 4,
  syncBegun: 5,
  syncEnded: 6,
  unlinked: 7,
  renamed: 8,
  folderCreated: 9,
  responded: 10,
} as const;

/** The kinds whose data is a path, or two. */
const kindsWithPaths: readonly number[] = [kinds.opened, kinds.unlinked, kinds.renamed, kinds.folderCreated];

type OperationRecord = { fd: number; offset: number; detail: number; data: Buffer };

function toOperation(kind: number, { fd, offset, detail, data }: OperationRecord): Operation {
  const [path = '', newPath = ''] = kindsWithPaths.includes(kind) ? data.toString().split('\0') : [];
  switch (kind) {
    case kinds.started:
      return { kind: 'start' };
    case kinds.opened:
      return { kind: 'open', fd, path, isCreated: (detail & 1) !== 0, isEmptied: (detail & 2) !== 0 };
    case kinds.written:
      return { kind: 'write', fd, offset, data };
    case kinds.resized:
      return { kind: 'resize', fd, length: offset };
    case kinds.syncBegun:
      return { kind: 'sync-begin', fd };
    case kinds.syncEnded:
      return { kind: 'sync-end', fd, hasFailed: detail !== 0 };
    case kinds.unlinked:
      return { kind: 'unlink', path };
    case kinds.renamed:
      return { kind: 'rename', path, newPath };
    case kinds.folderCreated:
      return { kind: 'create-folder', path };
    case kinds.responded:
      return { kind: 'response', data };
    default:
      throw new Error(`the recorder does not support an operation on a file: ${data.toString()}`);
  }
}

/** A sync that has ended without an error. */
export type CompletedSync = { at: number; path: string };

/** Returns the completed syncs with the path of the file or folder. */
export function listSyncs({ operations }: Recording): CompletedSync[] {
  const paths = new Map<number, string>();
  return operations.flatMap((operation, at) => {
    if (operation.kind === 'open') paths.set(operation.fd, operation.path);
    if (operation.kind !== 'sync-end' || operation.hasFailed) return [];
    return [{ at, path: paths.get(operation.fd) ?? '' }];
  });
}

/** Returns the recording of a disk that ignores the syncs of some files, or of a program that does not request them. */
export function dropSyncs(recording: Recording, isDropped: (path: string) => boolean): Recording {
  const dropped = new Set(listSyncs(recording).flatMap(({ at, path }) => (isDropped(path) ? [at] : [])));
  return { ...recording, operations: recording.operations.filter((_, at) => !dropped.has(at)) };
}
