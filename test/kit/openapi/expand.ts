// Expands an OpenAPI document: references are replaced by what they refer to, and `allOf` by one schema.

import type { Json } from '../../../server/http/docs/openapi/json-schema.ts';

/** Returns a copy of `document` without references and `allOf`. Texts beside a reference take precedence. */
export function expandDocument<Document extends object>(document: Document): Document {
  const targets = new Map<string, Json>();
  const expandReference = (reference: string): Json => {
    const target = targets.get(reference) ?? (expand(resolveReference(document, reference)) as Json);
    targets.set(reference, target);
    return target;
  };
  const expand = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(expand);
    if (typeof value !== 'object' || value === null) return value;
    const { $ref, ...others } = value as Json;
    if (typeof $ref === 'string') return { ...expandReference($ref), ...others };
    const expanded = Object.fromEntries(Object.entries(others).map(([key, entry]) => [key, expand(entry)]));
    return Array.isArray(expanded.allOf) ? mergeAll(expanded) : expanded;
  };
  return expand(document) as Document;
}

/** Returns what a reference of a document refers to. @throws Error the reference does not resolve */
export function resolveReference(document: object, reference: string): unknown {
  const keys = reference.split('/').slice(1);
  return keys.reduce<unknown>((value, key) => {
    const found = (value as Json)[key.replaceAll('~1', '/').replaceAll('~0', '~')];
    if (found === undefined) throw new Error(`${reference} does not resolve`);
    return found;
  }, document);
}

/** Merges schemas of objects. */
function mergeAll({ allOf, ...others }: Json): Json {
  const parts = allOf as Json[];
  return {
    ...Object.assign({}, ...parts),
    ...others,
    properties: Object.assign({}, ...parts.map(({ properties }) => properties)),
    required: parts.flatMap(({ required }) => (required ?? []) as string[]),
  };
}
