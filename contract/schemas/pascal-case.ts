// Converts problem codes and event types to component names of the OpenAPI document.

/** Converts `not-found` to `NotFound` and `order.created` to `OrderCreated`. */
export function toPascalCase(name: string): string {
  return name.replace(/(?:^|[-._])(\w)/g, (_, letter: string) => letter.toUpperCase());
}
