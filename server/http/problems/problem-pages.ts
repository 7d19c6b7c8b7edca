// The pages that explain problems to people, made from the one table: all of them on one, and each on its own. A page
// holds all it needs, runs nothing and asks nobody.

import { createHash } from 'node:crypto';
import { type ProblemCode, problemCodes, problemTable } from '../../../contract/problem-table.ts';
import { Html, html } from './html.ts';
import { exampleProblem } from './render-problem.ts';

/** The colours are those of the console. */
const style = `
:root{color-scheme:light dark;--canvas:light-dark(#fff,#101114);--sunken:light-dark(#f8f8fa,#15171b);
--line:light-dark(#e7e7ec,#26282f);--ink:light-dark(#17181c,#ececf0);--muted:light-dark(#5f626d,#9b9eaa);
--accent:light-dark(#4b52cf,#9da3ff);--red:light-dark(#b02727,#ff9d97);--amber:light-dark(#835500,#e9bb66)}
*{box-sizing:border-box}
body{margin:0;background:var(--canvas);color:var(--ink);font:.9375rem/1.6 ui-sans-serif,system-ui,sans-serif}
header{display:flex;gap:1rem;padding:.75rem 1.25rem;border-bottom:1px solid var(--line);background:var(--sunken)}
header a:first-child{margin-right:auto;color:var(--ink);font-weight:600}
main{max-width:44rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{margin:.5rem 0 1.5rem;font-size:1.625rem;line-height:1.25;letter-spacing:-.01em}
h2{margin:1.75rem 0 .25rem;color:var(--muted);font-size:.75rem;letter-spacing:.06em;text-transform:uppercase}
p{margin:.25rem 0}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
code,pre{font:.8125rem/1.6 ui-monospace,Menlo,Consolas,monospace}
pre{margin:.5rem 0;padding:1rem;overflow:auto;white-space:pre-wrap;border:1px solid var(--line);border-radius:.5rem;background:var(--sunken)}
.status{display:inline-block;margin-right:.5rem;padding:0 .4rem;border:1px solid;border-radius:.25rem;
color:var(--amber);font-size:.75rem;font-weight:600;font-variant-numeric:tabular-nums}
.status.fault{color:var(--red)}
ul{margin:0;padding:0;list-style:none}li{padding:.85rem 0;border-top:1px solid var(--line)}
li p{color:var(--muted)}
`;

/** What the pages may do in a browser (CSP, level 3): show themselves. */
export const pagePolicy =
  `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; ` +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The page of one problem, or of all where no code is given. Made once. */
export function problemPage(code?: ProblemCode): string {
  const key = code ?? 'all';
  const page = pages.get(key) ?? (code ? pageOfOne(code) : pageOfAll()).text;
  pages.set(key, page);
  return page;
}

const pages = new Map<string, string>();

function pageOfOne(code: ProblemCode): Html {
  const { status, title, meaning, remedy } = problemTable[code];
  const example = JSON.stringify(exampleProblem(code), null, 2);
  return layout(
    title,
    html`${statusMark(status)}<code>${code}</code>
<h1>${title}</h1>
<h2>When it happens</h2>
<p>${prose(meaning)}</p>
<h2>What to do</h2>
<p>${prose(remedy)}</p>
<h2>What it looks like</h2>
<pre tabindex="0">${example}</pre>`,
  );
}

function pageOfAll(): Html {
  const rows = problemCodes.map((code) => {
    const { status, title, meaning } = problemTable[code];
    return html`<li>${statusMark(status)}<a href="/problems/${code}">${title}</a> <code>${code}</code><p>${prose(meaning)}</p></li>
`;
  });
  return layout('Problems', html`<h1>Problems</h1>\n<ul>\n${rows}</ul>`);
}

/** What stands between backticks in a sentence is code. */
function prose(sentence: string): Html[] {
  return sentence.split('`').map((part, index) => (index % 2 === 0 ? html`${part}` : html`<code>${part}</code>`));
}

function statusMark(status: number): Html {
  return html`<span class="status${status >= 500 ? ' fault' : null}">${status}</span>`;
}

function layout(title: string, content: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Orders</title>
<style>${new Html(style)}</style>
</head>
<body>
<header><a href="/">Orders</a><a href="/problems">Problems</a><a href="/docs">API</a></header>
<main>
${content}
</main>
</body>
</html>
`;
}
