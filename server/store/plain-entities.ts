// Entities whose properties are plain ones. MikroORM has every entity define an accessor of its own for each property when
// it is first set, which takes a third of the time of a unit of work. Only relations need that, and there are none: what
// has changed is found by comparing, at the flush.

import type { MetadataStorage } from '@mikro-orm/core';

/** Takes the accessors from the prototypes of all entities. For the start, before the first entity. */
export function dropAccessors(metadata: MetadataStorage): void {
  for (const { prototype, props } of metadata.getAll().values()) {
    for (const { name } of props) {
      if (Object.getOwnPropertyDescriptor(prototype, name)?.set) Reflect.deleteProperty(prototype, name);
    }
  }
}
