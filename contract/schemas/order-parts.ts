// The schemas of the lines and of the metadata of an order.

import { z } from 'zod';
import { computeTotal } from '../total.ts';
import { integer, text } from './primitives.ts';

const maxQuantity = 1_000_000;
const maxUnitPrice = 1_000_000_000_000;

const itemFields = {
  productId: text(1, 64).meta({ description: 'The product, as the client names it', example: 'tea-green-250' }),
  quantity: integer(1, maxQuantity).meta({ description: 'Number of units' }),
  unitPrice: integer(0, maxUnitPrice).meta({ description: 'Price in minor units of the currency: 1250 is EUR 12.50' }),
};

/** One line of an order as a client sends it. */
const newItem = z.strictObject(itemFields).meta({ title: 'NewItem', description: 'One line of an order' });

/** One line of an order as the service returns it. */
export const item = z.object(itemFields).meta({ title: 'Item', description: 'One line of an order' });

/** The lines of an order as a client sends them. */
export const newItems = z
  .array(newItem)
  .min(1)
  .max(100)
  .refine((items) => computeTotal(items) !== undefined, 'the total must not exceed 9007199254740991 minor units');

const maxPairs = 20;

const metadataDescription =
  'Up to 20 key-value pairs for use by the client. Keys have 1 to 40 characters, values up to 500.';

/** Metadata as a client sends it. */
export const newMetadata = z
  .record(text(1, 40), text(0, 500))
  .refine((pairs) => Object.keys(pairs).length <= maxPairs, `must have at most ${maxPairs} pairs`)
  .meta({
    description: metadataDescription,
    example: { channel: 'shop' },
    maxProperties: maxPairs,
    title: 'NewMetadata',
  });

/** Metadata in an edit. Null means no metadata. */
export const clearableMetadata = newMetadata
  .nullable()
  .transform((pairs) => pairs ?? {})
  .meta({ description: metadataDescription });

/** Absent and null mean no metadata. */
export const optionalMetadata = newMetadata
  .nullish()
  .transform((pairs) => pairs ?? {})
  .meta({ description: metadataDescription });
