// Every problem is explained where its type points: to programs, and to people on a page that looks after itself.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problemCodes, problemTable } from '../../contract/problem-table.ts';
import { prefersHtml } from '../../server/http/problems/accept.ts';
import { html } from '../../server/http/problems/html.ts';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { browserOfFile, expectPeace } from '../kit/browser.ts';

const browser = browserOfFile();
const asBrowsersDo = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
});

afterAll(() => app[Symbol.asyncDispose]());

describe('problems', () => {
  test('are listed, all of them, as each is explained by itself', async () => {
    const { data } = await app.client.documentation.problems();
    expect(data.map(({ code }) => code)).toEqual(problemCodes);
    for (const entry of data) expect(await app.client.documentation.problem({ code: entry.code })).toEqual(entry);
  });

  test.each(['/problems', '/problems/conflict'])('say that their answer depends on Accept: %s', async (path) => {
    for (const headers of [{}, asBrowsersDo]) {
      expect((await app.request(path, { headers })).headers.get('vary')).toBe('Accept');
    }
  });

  test('that are unknown are 404 for everybody', async () => {
    const response = await app.request('/problems/<b>', { headers: asBrowsersDo });
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ status: 404, code: 'not-found' });
  });
});

describe('a page', () => {
  test.each(problemCodes)('explains %s', async (code) => {
    const response = await app.request(`/problems/${code}`, { headers: asBrowsersDo });
    const text = (await response.text()).replaceAll('&#39;', "'").replaceAll('&#34;', '"');
    const { status, title, meaning, remedy } = problemTable[code];
    for (const part of [`${status}`, code, title, meaning, remedy]) {
      expect(text).toContain(`>${part.replace(/`(.*?)`/g, '<code>$1</code>')}<`);
    }
    expect(text).not.toMatch(/<script|(src|href)="https?:/);
  });

  test('stands in a browser, in light and in dark, and leads on', async () => {
    await using tab = await browser.open(`${app.url}/problems`);
    for (const colorScheme of ['light', 'dark'] as const) {
      await tab.page.emulateMedia({ colorScheme });
      const background = await tab.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      expect(background).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(16, 17, 20)');
    }
    await tab.page.getByRole('link', { name: problemTable.conflict.title }).click();
    await tab.page.getByRole('heading', { name: problemTable.conflict.title }).waitFor();
    expect(await tab.page.title()).toBe(`${problemTable.conflict.title} · Orders`);
    expectPeace(tab);
  });
});

describe('a page is given where Accept', () => {
  test.each([
    [asBrowsersDo.accept, true],
    ['text/html', true],
    ['TEXT/HTML', true],
    ['text/*', true],
    ['text/html;q=0.5, application/json;q=0.4', true],
    ['application/*;q=0.2, text/html;level=1;q=0.3', true],
    ['text/html;q=0, */*', false],
    ['text/html, application/json', false],
    ['application/json, text/html;q=0.9', false],
    ['text/plain', false],
    ['*/*', false],
    ['', false],
    ['text/html;q=nonsense', false],
    [undefined, false],
  ])('is %j: %s', (accept, isWanted) => expect(prefersHtml(accept)).toBe(isWanted));
});

test('what is put into a page is text, and nothing of it is HTML', () => {
  const hostile = `<script>"&'</script>`;
  expect(html`<p title="${hostile}">${hostile}${[1, html`<b>${'<'}</b>`]}${null}</p>`.text).toBe(
    '<p title="&#60;script&#62;&#34;&#38;&#39;&#60;/script&#62;">&#60;script&#62;&#34;&#38;&#39;&#60;/script&#62;1<b>&#60;</b></p>',
  );
});
