// The schemas whose members other schemas repeat. Components refer to them with `allOf`, which halves the document.

import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { problemBase } from '../../../../contract/problems/problem.ts';
import { eventBase } from '../../../../contract/schemas/events/event-fields.ts';
import { orderEventBase } from '../../../../contract/schemas/events/order-event.ts';
import { webhookEventBase } from '../../../../contract/schemas/events/webhook-event.ts';
import { page } from '../../../../contract/schemas/page.ts';
import { webhook } from '../../../../contract/schemas/webhook.ts';
import type { Json } from './json-schema.ts';

/** The base schemas. A base that extends another one is listed after it. */
export const bases: readonly z.ZodType[] = [problemBase, eventBase, orderEventBase, webhookEventBase, webhook, page];

const names = new Set(bases.map((base) => base.meta()?.title));

type Base = { name: string; properties: Json; required: readonly string[] };

/** Shortens the components that have the members of a base schema. */
export class BaseSchemas {
  readonly #bases: Base[] = [];

  /**
   * Returns a component with a reference in place of the members of a base, if it has all of them. The first component
   * with the title of a base becomes a base.
   */
  applyBase(title: string, schema: Json): Json {
    const { properties = {}, required = [] } = schema as Partial<Base>;
    const base = this.#bases.findLast(
      ({ name, properties: shared }) =>
        name !== title && Object.entries(shared).every(([key, value]) => isDeepStrictEqual(properties[key], value)),
    );
    if (names.has(title)) this.#bases.push({ name: title, properties, required });
    return base ? toExtension(base, schema) : schema;
  }
}

function toExtension({ name, properties: shared, required: sharedNames }: Base, schema: Json): Json {
  const { description, examples, properties = {}, required = [], ...others } = schema as Partial<Base> & Json;
  const added = Object.entries(properties).filter(([key]) => !(key in shared));
  const own = {
    ...others,
    properties: Object.fromEntries(added),
    required: required.filter((key) => !sharedNames.includes(key)),
  };
  const allOf = [{ $ref: `#/components/schemas/${name}` }, own];
  return { description, allOf, ...(examples !== undefined && { examples }) };
}
