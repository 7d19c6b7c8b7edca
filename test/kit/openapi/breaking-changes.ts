// Finds the differences between two OpenAPI documents that break a client of the first one: its requests are rejected,
// it cannot read responses or webhooks, or names that its generated code uses no longer exist.

import { expandDocument } from './expand.ts';
import { findRejections, type Schema } from './schema-compatibility.ts';

type Parameter = {
  name: string;
  in: string;
  required?: boolean;
  style?: string;
  explode?: boolean;
  schema: Schema;
};
type Content = Record<string, { schema?: Schema }>;
type Response = { headers?: Record<string, { required?: boolean }>; content?: Content };
type Operation = {
  operationId: string;
  security?: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Content };
  responses: Record<string, Response>;
};
type Paths = Record<string, Record<string, Operation>>;

/** The parts of an OpenAPI document that are compared. */
export type ComparedDocument = {
  paths: Paths;
  webhooks: Paths;
  components: { schemas: Record<string, unknown> };
};

type Change = { before: Operation; after: Operation; name: string };

/** Returns a sentence for each breaking change, sorted. */
export function findBreakingChanges(before: ComparedDocument, after: ComparedDocument): string[] {
  const [former, current] = [expandDocument(before), expandDocument(after)];
  const changes = [
    ...compareOperations(former.paths, current.paths, compareOperation),
    ...compareOperations(former.webhooks, current.webhooks, comparePayload),
    ...listMissing(before.components.schemas, after.components.schemas).map((name) => `schema ${name} was removed`),
  ];
  return [...new Set(changes)].sort();
}

function compareOperations(before: Paths, after: Paths, compare: (change: Change) => string[]): string[] {
  return Object.entries(before).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) => {
      const name = `${method.toUpperCase()} ${path}`;
      const current = after[path]?.[method];
      return current ? compare({ before: operation, after: current, name }) : [`${name} was removed`];
    }),
  );
}

function compareOperation(change: Change): string[] {
  const { before, after, name } = change;
  const isRenamed = before.operationId !== after.operationId;
  return [
    ...(isRenamed ? [`${name} has the operationId ${after.operationId} instead of ${before.operationId}`] : []),
    ...compareSecurity(change),
    ...compareParameters(change),
    ...compareBodies(change),
    ...compareResponses(change),
  ];
}

function compareSecurity({ before, after, name }: Change): string[] {
  const list = ({ security = [] }: Operation) => security.flatMap((option) => Object.values(option).flat());
  const added = list(after).filter((scope) => !list(before).includes(scope));
  if (!before.security?.length && after.security?.length) return [`${name} requires a token`];
  return added.map((scope) => `${name} requires the scope ${scope}`);
}

function compareParameters({ before, after, name }: Change): string[] {
  const toMap = ({ parameters = [] }: Operation) =>
    new Map(parameters.map((part) => [`${part.in}/${part.name}`, part]));
  const former = toMap(before);
  const current = toMap(after);
  const removed = [...former.keys()].filter((key) => !current.has(key));
  const required = [...current].filter(([key, part]) => part.required && !former.get(key)?.required);
  return [
    ...removed.map((key) => `${name} ${key} was removed`),
    ...required.map(([key]) => `${name} ${key} is required`),
    ...[...former].flatMap(([key, part]) => compareParameter(`${name} ${key}`, part, current.get(key))),
  ];
}

function compareParameter(path: string, before: Parameter, after: Parameter | undefined): string[] {
  if (!after) return [];
  const isWritten = before.style === after.style && before.explode === after.explode;
  return [
    ...(isWritten ? [] : [`${path} is written in another style`]),
    ...findRejections({ sender: before.schema, receiver: after.schema, path, isResponse: false }),
  ];
}

function compareBodies({ before: { requestBody: before }, after: { requestBody: after }, name }: Change): string[] {
  if (after?.required && !before?.required) return [`${name} body is required`];
  if (!before) return [];
  if (!after) return [`${name} body was removed`];
  return compareContent({ sender: before.content, receiver: after.content, path: `${name} body`, isResponse: false });
}

/** The payload of a webhook is sent to clients, as a response is. */
function comparePayload({ before, after, name }: Change): string[] {
  const [sender = {}, receiver = {}] = [after.requestBody?.content, before.requestBody?.content];
  return compareContent({ sender, receiver, path: `webhook ${name}`, isResponse: true });
}

/** A status of 400 or more can be added and removed: clients must expect any problem. */
function compareResponses({ before, after, name }: Change): string[] {
  const isSuccess = (status: string) => Number(status) < 400;
  const removed = listMissing(before.responses, after.responses).filter(isSuccess);
  const added = listMissing(after.responses, before.responses).filter(isSuccess);
  return [
    ...removed.map((status) => `${name} no longer returns ${status}`),
    ...added.map((status) => `${name} returns ${status}`),
    ...Object.entries(before.responses).flatMap(([status, response]) =>
      compareResponse(`${name} ${status}`, response, after.responses[status]),
    ),
  ];
}

function compareResponse(path: string, before: Response, after: Response | undefined): string[] {
  if (!after) return [];
  const { content: receiver = {}, headers = {} } = before;
  return [
    ...listMissing(headers, after.headers ?? {}).map((header) => `${path} has no ${header}`),
    ...compareContent({ sender: after.content ?? {}, receiver, path, isResponse: true }),
  ];
}

type ContentComparison = { sender: Content; receiver: Content; path: string; isResponse: boolean };

function compareContent({ sender, receiver, path, isResponse }: ContentComparison): string[] {
  return Object.entries(sender).flatMap(([type, { schema = {} }]) => {
    const accepted = receiver[type];
    if (!accepted) return [`${path} ${isResponse ? 'is' : 'can no longer be'} ${type}`];
    return findRejections({ sender: schema, receiver: accepted.schema ?? {}, path, isResponse });
  });
}

function listMissing(before: object, after: object): string[] {
  return Object.keys(before).filter((key) => !(key in after));
}
