// What a caller would rather have: proactive negotiation (RFC 9110, section 12.5.1).

/** Whether an Accept header prefers HTML to JSON. Who has no preference gets JSON. */
export function prefersHtml(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  const ranges = new Map(accept.split(',').map(rangeOf));
  return qualityOf(ranges, 'text', 'html') > qualityOf(ranges, 'application', 'json');
}

function rangeOf(text: string): [range: string, quality: number] {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  return [range, weight === undefined ? 1 : Number(weight.slice(2)) || 0];
}

/** The range that says most counts: the type itself before all of its kind before everything. */
function qualityOf(ranges: ReadonlyMap<string, number>, type: string, subtype: string): number {
  return ranges.get(`${type}/${subtype}`) ?? ranges.get(`${type}/*`) ?? ranges.get('*/*') ?? 0;
}
