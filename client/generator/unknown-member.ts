// The last member of every discriminated union: values that a newer service sends and this version does not know.

import type { JsonSchema } from './json-schema.ts';

const primitives = /^(string|number|boolean|null)$/;

/** Returns the name of the property whose constant identifies the member of a union. */
export function findDiscriminator(members: readonly JsonSchema[]): string {
  const found = ['code', 'type'].find((name) =>
    members.every((member) => typeof member.properties?.[name]?.const === 'string'),
  );
  if (found === undefined) throw new Error('a union has no discriminator');
  return found;
}

/**
 * Returns the declaration of the member for unknown values. It has the properties that all members have. The type of
 * its discriminator is an enum, which TypeScript distinguishes from the known literals, unlike any other part of
 * `string`.
 */
export function createUnknownMember(
  union: string,
  members: readonly JsonSchema[],
  toType: (schema: JsonSchema) => string,
): { name: string; documentation: string; declaration: string } {
  const name = `Unknown${union}`;
  const discriminator = findDiscriminator(members);
  const [first, ...others] = members;
  const common = Object.keys(first?.properties ?? {}).filter((key) =>
    others.every(({ properties }) => properties && key in properties),
  );
  const lines = common.map((key) => {
    const types = members.map(({ properties }) => widen(properties?.[key] ?? {}, toType));
    return `  ${key}: ${key === discriminator ? 'UnknownName' : joinTypes([...new Set(types)])};\n`;
  });
  return {
    name,
    documentation: `A value of \`${union}\` whose \`${discriminator}\` this version of the SDK does not know.`,
    declaration: `export interface ${name} {\n${lines.join('')}}`,
  };
}

function widen(schema: JsonSchema, toType: (schema: JsonSchema) => string): string {
  return schema.const === undefined ? toType(schema) : typeof schema.const;
}

function joinTypes(types: readonly string[]): string {
  const parts = new Set(types.flatMap((type) => type.split(' | ')));
  return types.length === 1 || [...parts].every((part) => primitives.test(part)) ? [...parts].join(' | ') : 'unknown';
}
