// Makes HTML out of templates: whatever is put into one is text, unless it was made by a template itself.

/** Text that is HTML already. Whoever makes one vouches for it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** HTML as it is written, with values escaped, lists one after the other, and nothing for null. */
export function html(parts: TemplateStringsArray, ...values: unknown[]): Html {
  return new Html(String.raw({ raw: parts }, ...values.map(textOf)));
}

function textOf(value: unknown): string {
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(textOf).join('');
  return value === null ? '' : String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
