// Writes TypeScript types for the schemas of the contract. A schema with a title becomes a named type.

import type { z } from 'zod';
import { findEnumName } from '../../contract/named-enums.ts';
import { formatDocComment, toSentence } from './doc-comment.ts';
import { describeLimits, type JsonSchema, type Mode, toJsonSchema } from './json-schema.ts';
import { createUnknownMember, findDiscriminator } from './unknown-member.ts';

type Property = { name: string; schema: JsonSchema; isRequired: boolean };

/** Collects the named types that other types refer to. */
export class TypeWriter {
  readonly #declarations = new Map<string, string>();
  readonly #undocumented: string[] = [];

  /** The declarations by name. */
  get declarations(): ReadonlyMap<string, string> {
    return this.#declarations;
  }

  /** The fields without a description in the contract. */
  get undocumented(): readonly string[] {
    return this.#undocumented;
  }

  /** Returns the type of a schema of the contract, and declares the named types in it. */
  write(schema: z.ZodType, mode: Mode): string {
    return this.#toType(toJsonSchema(schema, mode), mode, '');
  }

  /** Declares an interface with the properties of several object schemas, and returns its name. */
  declareInput(name: string, parts: readonly z.ZodType[], documentation: string): string {
    const schemas = parts.map((part) => toJsonSchema(part, 'input'));
    const bases = schemas.filter(({ title }) => title !== undefined).map((part) => this.#toType(part, 'input', ''));
    const members = schemas
      .filter(({ title }) => title === undefined)
      .map((part) => this.#writeMembers(part, 'parameters'));
    const heritage = bases.length > 0 ? ` extends ${bases.join(', ')}` : '';
    this.#declare(name, documentation, `export interface ${name}${heritage} {\n${members.join('')}}`);
    return name;
  }

  /** Declares a union that is discriminated by a property, under this name. */
  declareUnion(name: string, schema: z.ZodType, documentation: string): void {
    this.#toType({ ...toJsonSchema(schema, 'output'), title: name, description: documentation }, 'output', '');
  }

  #toType(schema: JsonSchema, mode: Mode, indent: string): string {
    const { title, ...plain } = schema;
    if (title === undefined || !(schema.properties || schema.oneOf)) return this.#toInlineType(plain, mode, indent);
    if (schema.oneOf) this.#declareUnion(title, plain, schema.oneOf);
    else this.#declare(title, plain.description ?? '', this.#writeInterface(title, plain, mode));
    return title;
  }

  #writeInterface(name: string, schema: JsonSchema, mode: Mode): string {
    return `export interface ${name} {\n${this.#writeMembers(schema, mode, '', name)}}`;
  }

  #declareUnion(name: string, { description = '' }: JsonSchema, members: JsonSchema[]): void {
    const discriminator = findDiscriminator(members);
    const unknown = createUnknownMember(name, members, (schema) => this.#toType(schema, 'output', ''));
    const names = members.map((member) => this.#toType(member, 'output', ''));
    const text = `${toSentence(description)} Narrow it by \`${discriminator}\`.`;
    this.#declare(unknown.name, unknown.documentation, unknown.declaration);
    this.#declare(name, text, `export type ${name} =\n  | ${[...names, unknown.name].join('\n  | ')};`);
  }

  #declare(name: string, documentation: string, declaration: string): void {
    if (documentation === '') this.#undocumented.push(name);
    const text = formatDocComment([toSentence(documentation)], '') + declaration;
    const existing = this.#declarations.get(name);
    if (existing !== undefined && existing !== text) throw new Error(`two schemas have the title ${name}`);
    this.#declarations.set(name, text);
  }

  #toInlineType(schema: JsonSchema, mode: Mode, indent: string): string {
    if (schema.const !== undefined) return toLiteral(schema.const);
    const values = schema.enum ?? schema['x-extensible-enum'];
    if (values) return toEnumType(values, mode);
    const options = schema.anyOf ?? schema.oneOf;
    if (options) return options.map((option) => this.#toType(option, mode, indent)).join(' | ');
    if (Array.isArray(schema.type)) return schema.type.map((type) => toPrimitive(type)).join(' | ');
    if (schema.type === 'array') return this.#toArrayType(schema.items ?? {}, mode, indent);
    if (schema.type === 'object') return this.#toObjectType(schema, mode, indent);
    if (schema.format === 'date-time' && mode === 'parameters') return 'string | Date';
    return toPrimitive(schema.type);
  }

  #toArrayType(items: JsonSchema, mode: Mode, indent: string): string {
    const item = this.#toType(items, mode, indent);
    const array = item.includes(' ') ? `(${item})[]` : `${item}[]`;
    if (mode === 'parameters') return `${item} | readonly ${array}`;
    return mode === 'input' ? `readonly ${array}` : array;
  }

  #toObjectType(schema: JsonSchema, mode: Mode, indent: string): string {
    if (typeof schema.additionalProperties === 'object' && !schema.properties) {
      return `Record<string, ${this.#toType(schema.additionalProperties, mode, indent)}>`;
    }
    if (Object.keys(schema.properties ?? {}).length === 0) return 'Record<string, never>';
    return `{\n${this.#writeMembers(schema, mode, indent)}${indent}}`;
  }

  #writeMembers({ properties = {}, required = [] }: JsonSchema, mode: Mode, indent = '', owner = ''): string {
    return Object.entries(properties)
      .map(([name, schema]) => ({ name, schema, isRequired: required.includes(name) }))
      .map((property) => this.#writeMember(property, mode, `${indent}  `, owner))
      .join('');
  }

  #writeMember({ name, schema, isRequired }: Property, mode: Mode, indent: string, owner: string): string {
    const text = schema.description ?? '';
    if (text === '' && schema.const === undefined && !describesItself(schema))
      this.#undocumented.push(`${owner}.${name}`);
    const sentences = [toSentence(text), describeLimits(schema)];
    const defaults =
      mode !== 'output' && schema.default !== undefined ? [`@default ${JSON.stringify(schema.default)}`] : [];
    const comment = formatDocComment([sentences.filter((part) => part !== '').join(' '), ...defaults], indent);
    const type = this.#toType(schema, mode, indent);
    const optional = mode !== 'output' ? `?: ${type} | undefined` : `?: ${type}`;
    return `${comment}${indent}${name}${isRequired ? `: ${type}` : optional};\n`;
  }
}

/** Whether a type is named, or is an object whose members are described. */
function describesItself(schema: JsonSchema): boolean {
  if (schema.type === 'object' && schema.properties) return true;
  return [schema, ...(schema.anyOf ?? []), schema.items ?? {}].some(({ title }) => title !== undefined);
}

function toEnumType(values: readonly unknown[], mode: Mode): string {
  const name = findEnumName(values);
  if (name) return mode === 'output' ? name : `Known${name}`;
  const literals = values.map(toLiteral).join(' | ');
  return mode === 'output' ? `${literals} | (string & {})` : literals;
}

function toLiteral(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

function toPrimitive(type: unknown): string {
  if (type === 'integer') return 'number';
  return typeof type === 'string' ? type : 'unknown';
}
