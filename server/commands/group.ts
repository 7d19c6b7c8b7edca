// Chooses the commands of a group. A group is bounded in commands and in text, because the time that it takes grows
// with both, and other commands wait meanwhile.

/** The most commands of a group. */
const maxGroupSize = 64;

/** The most characters in the texts of a group. It has at least one command, however long. */
const maxGroupCharacters = 262_144;

/** Removes the commands of the next group from the beginning of a queue and returns them. */
export function takeGroup<Queued extends { command: object }>(queue: Queued[]): Queued[] {
  let size = 0;
  let characters = 0;
  for (const { command } of queue) {
    characters += countCharacters(command);
    if (size === maxGroupSize || (characters > maxGroupCharacters && size > 0)) break;
    size += 1;
  }
  return queue.splice(0, size);
}

/** Returns the characters of all texts and names in a value. */
function countCharacters(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  let characters = 0;
  for (const name in value) characters += name.length + countCharacters(Reflect.get(value, name));
  return characters;
}
