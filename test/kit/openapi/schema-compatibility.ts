// Compares two versions of a schema: which values of a sender a receiver may reject. In a request, the client of the
// former version is the sender; in a response, it is the receiver.

/** An expanded JSON Schema. */
export type Schema = {
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  format?: string;
  pattern?: string;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  propertyNames?: Schema;
  additionalProperties?: boolean | Schema;
  uniqueItems?: boolean;
  anyOf?: Schema[];
  oneOf?: Schema[];
} & Partial<Record<Limit, number>>;

const maxima = ['maximum', 'maxLength', 'maxItems', 'maxProperties'] as const;
const minima = ['minimum', 'minLength', 'minItems', 'minProperties'] as const;
type Limit = (typeof maxima)[number] | (typeof minima)[number];

/** The two sides of a schema. `path`: where it is. `isResponse`: whether new values of unions must be ignored. */
type Comparison = { sender: Schema; receiver: Schema; path: string; isResponse: boolean };

/** Returns a sentence for each kind of value of the sender that the receiver rejects. */
export function findRejections(comparison: Comparison): string[] {
  const { sender, receiver, path } = comparison;
  if (listOptions(sender).length > 1 || listOptions(receiver).length > 1) return compareUnions(comparison);
  return [
    ...compareTypes(comparison).map((text) => `${path} ${text}`),
    ...compareLimits(sender, receiver).map((text) => `${path} ${text}`),
    ...compareMembers(comparison),
    ...compareParts(comparison),
  ];
}

/** Returns the options of a union, with the types of a list as options; otherwise the schema itself. */
function listOptions(schema: Schema): Schema[] {
  const { anyOf, oneOf, ...others } = schema;
  const options = oneOf ?? anyOf;
  if (options) return options.flatMap(listOptions);
  return Array.isArray(schema.type) ? schema.type.map((type) => ({ ...others, type })) : [schema];
}

/** Returns the constant that identifies an option of a discriminated union; undefined for others. */
function findKey({ properties }: Schema): unknown {
  return properties?.code?.const ?? properties?.type?.const;
}

function compareUnions({ sender, receiver, path, isResponse }: Comparison): string[] {
  const receivers = listOptions(receiver);
  return listOptions(sender).flatMap((option) => {
    const key = findKey(option);
    const sameKey = receivers.filter((candidate) => findKey(candidate) === key);
    // Clients ignore events and problems that are added later.
    if (sameKey.length === 0 && key !== undefined && isResponse) return [];
    const attempts = (sameKey.length > 0 ? sameKey : receivers).map((candidate) =>
      findRejections({ sender: option, receiver: candidate, path, isResponse }),
    );
    return attempts.reduce((best, next) => (next.length < best.length ? next : best));
  });
}

function compareTypes({ sender, receiver, isResponse }: Comparison): string[] {
  const accepts = receiver.type === undefined || sender.type === receiver.type;
  const isInteger = sender.type === 'integer' && receiver.type === 'number';
  if (!accepts && !isInteger) {
    const type = sender.type ?? 'any value';
    return [isResponse ? `can be ${type}` : `no longer accepts ${type}`];
  }
  const values = sender.const === undefined ? sender.enum : [sender.const];
  const accepted = receiver.const === undefined ? receiver.enum : [receiver.const];
  if (accepted === undefined) return [];
  if (values === undefined) return [`is limited to ${accepted.join(', ')}`];
  return values.filter((value) => !accepted.includes(value)).map((value) => `does not accept ${value}`);
}

function compareLimits(sender: Schema, receiver: Schema): string[] {
  const tooHigh = maxima.filter((name) => (receiver[name] ?? Infinity) < (sender[name] ?? Infinity));
  const tooLow = minima.filter((name) => (receiver[name] ?? -Infinity) > (sender[name] ?? -Infinity));
  const others = (['pattern', 'format'] as const).filter(
    (name) => receiver[name] !== undefined && receiver[name] !== sender[name],
  );
  return [
    ...[...tooHigh, ...tooLow, ...others].map((name) => `has ${name} ${receiver[name]} instead of ${sender[name]}`),
    ...(receiver.uniqueItems && !sender.uniqueItems ? ['has unique items'] : []),
  ];
}

/** Compares the names of the members of objects. */
function compareMembers({ sender, receiver, path, isResponse }: Comparison): string[] {
  const given = sender.properties ?? {};
  const known = receiver.properties ?? {};
  const missing = (receiver.required ?? []).filter((name) => !sender.required?.includes(name));
  const rejected = receiver.additionalProperties === false ? Object.keys(given).filter((name) => !(name in known)) : [];
  // An optional field of a response that is removed breaks clients that read it.
  const removed = isResponse ? Object.keys(known).filter((name) => !(name in given) && !missing.includes(name)) : [];
  return [
    ...missing.map((name) => `${path}/${name} ${isResponse ? 'can be absent' : 'is required'}`),
    ...[...rejected, ...removed].map((name) => `${path}/${name} was removed`),
    ...(receiver.additionalProperties === false && isOpen(sender) ? [`${path} accepts no other members`] : []),
  ];
}

function isOpen({ type, additionalProperties }: Schema): boolean {
  return type === 'object' && additionalProperties !== false;
}

/** Compares the schemas of members and entries. */
function compareParts({ sender, receiver, path, isResponse }: Comparison): string[] {
  const known = receiver.properties ?? {};
  const pairs: (readonly [string, Schema | undefined, Schema | undefined])[] = [
    ...Object.entries(sender.properties ?? {}).map(([name, schema]) => [name, schema, known[name]] as const),
    ['*', sender.items, receiver.items],
    ['*', toSchema(sender.additionalProperties), toSchema(receiver.additionalProperties)],
    ['(name)', sender.propertyNames, receiver.propertyNames],
  ];
  return pairs.flatMap(([name, given, accepted]) =>
    given && accepted ? findRejections({ sender: given, receiver: accepted, path: `${path}/${name}`, isResponse }) : [],
  );
}

function toSchema(value: boolean | Schema | undefined): Schema | undefined {
  return typeof value === 'object' ? value : undefined;
}
