// How codes and event types become the names of components in the OpenAPI document.

/** `not-found` and `order.created` as `NotFound` and `OrderCreated`. */
export function pascalCase(name: string): string {
  return name.replace(/(?:^|[-._])(\w)/g, (_, letter: string) => letter.toUpperCase());
}
