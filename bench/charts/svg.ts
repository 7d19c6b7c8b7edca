// Elements of SVG charts. Each chart has its own background, so that it can be read on a light and on a dark page.

/** The width of a chart in pixels. */
export const chartWidth = 760;
/** The distance between the border of a chart and its content. */
export const margin = 24;

const labelWidth = 218;
const valueWidth = 78;
/** Where bars begin: labels are on their left, values on their right. */
export const plotLeft = margin + labelWidth;
export const plotWidth = chartWidth - plotLeft - valueWidth - margin;

const style = `
  text { font: 13px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #1f2328; }
  .title { font-size: 16px; font-weight: 600; }
  .group { font-weight: 600; }
  .muted { fill: #59636e; }
  .value { stroke: #ffffff; stroke-width: 4px; paint-order: stroke; }
  .background { fill: #ffffff; stroke: #d1d9e0; }
  .grid { stroke: #d1d9e0; }
  .reference { stroke: #59636e; stroke-dasharray: 4 3; }
  .range { stroke: #1f2328; stroke-opacity: 0.65; }
  .service { fill: #2f81f7; }
  .peer { fill: #afb8c1; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .muted { fill: #9198a1; }
    .value { stroke: #0d1117; }
    .background { fill: #0d1117; stroke: #3d444d; }
    .grid { stroke: #2a313c; }
    .reference { stroke: #9198a1; }
    .range { stroke: #f0f6fc; }
    .peer { fill: #656c76; }
  }`;

/** Escapes text for XML. */
function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** A line of text at a position. Its classes select color and weight. */
export function drawText(x: number, y: number, text: string, classes = '', anchor = 'start'): string {
  const attributes = `x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"${classes === '' ? '' : ` class="${classes}"`}`;
  return `<text ${attributes}>${escapeXml(text)}</text>`;
}

/** A straight line. */
export function drawLine(x1: number, y1: number, x2: number, y2: number, classes: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" class="${classes}"/>`;
}

/** A rectangle with a class or a color. */
export function drawRectangle(x: number, y: number, width: number, height: number, fill: string): string {
  const paint = fill.startsWith('#') ? `fill="${fill}"` : `class="${fill}"`;
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(Math.max(0, width))}" height="${round(height)}" ${paint}/>`;
}

/** A whole chart with a title and one line below it. */
export function drawChart(title: string, subtitle: string, height: number, content: readonly string[]): string {
  const outer = `width="${chartWidth}" height="${round(height)}" viewBox="0 0 ${chartWidth} ${round(height)}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${outer} role="img" aria-label="${escapeXml(title)}">`,
    `<style>${style}\n</style>`,
    `<rect x="0.5" y="0.5" width="${chartWidth - 1}" height="${round(height - 1)}" rx="8" class="background"/>`,
    drawText(margin, 34, title, 'title'),
    drawText(margin, 54, subtitle, 'muted'),
    ...content,
    '</svg>\n',
  ].join('\n');
}

/** The position below the title. */
export const contentTop = 72;

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
