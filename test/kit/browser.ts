// A real Chromium for the tests of pages. It keeps book of whatever goes wrong in a tab and of everybody the tab asks,
// and it reaches nothing but this machine.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type BrowserContext, chromium, type LaunchOptions, type Page } from 'playwright-core';
import { aroundAll, expect } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };

type Browser = AsyncDisposable & {
  /** Opens an address in a new tab that shares nothing with the others. */
  open(url: string, viewport?: Viewport): Promise<Tab>;
};

export type Tab = AsyncDisposable & {
  readonly page: Page;
  /** Errors on the console, errors that nobody caught, and requests without an answer. */
  readonly troubles: readonly string[];
  /** The origins of everything that was asked for. */
  readonly origins: ReadonlySet<string>;
  /** Presses the button with exactly this name. */
  press(name: string): Promise<void>;
  /** Fills in fields, each found by its label. */
  fill(values: Record<string, string>): Promise<void>;
  /** Holds back all requests to such addresses, until what it returns is called. */
  hold(url: RegExp): Promise<() => void>;
};

type Viewport = { width: number; height: number };

const desktop: Viewport = { width: 1280, height: 800 };
const timeoutMs = 15_000;

const quietly = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.*',
];

/** The browser of a test file: launched before its first test, closed after its last. */
export function browserOfFile(): Pick<Browser, 'open'> {
  let browser: Browser;
  aroundAll(async (runTests) => {
    await using launched = await launchBrowser();
    browser = launched;
    await runTests();
  });
  return { open: (url, viewport) => browser.open(url, viewport) };
}

/** Launches the Chromium that `CHROMIUM_PATH` names, else the one from npm. */
async function launchBrowser(): Promise<Browser> {
  const installed = process.env.CHROMIUM_PATH;
  const executable = installed ? { executablePath: installed } : await packagedChromium();
  // Without its sandbox, which root cannot have: all it opens are pages of our own.
  const browser = await chromium.launch({ ...executable, args: quietly, chromiumSandbox: false });
  return {
    open: async (url, viewport = desktop) =>
      openTab(await browser.newContext({ viewport, locale: 'en-US', timezoneId: 'UTC' }), url),
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

async function openTab(context: BrowserContext, url: string): Promise<Tab> {
  await using opening = new AsyncDisposableStack();
  opening.defer(() => context.close());
  context.setDefaultTimeout(timeoutMs);
  const books = keepBooks(context);
  const page = await context.newPage();
  await page.goto(url);
  const opened = opening.move();
  return {
    page,
    ...books,
    press: (name) => page.getByRole('button', { name, exact: true }).click(),
    fill: async (values) => {
      for (const [name, value] of Object.entries(values)) {
        await page.getByRole('textbox', { name, exact: true }).fill(value);
      }
    },
    hold: async (url) => {
      const release = Promise.withResolvers<void>();
      await page.route(url, (route) => release.promise.then(() => route.continue()));
      return release.resolve;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

function keepBooks(context: BrowserContext): Pick<Tab, 'troubles' | 'origins'> {
  const troubles: string[] = [];
  const origins = new Set<string>();
  context.on('console', (message) => {
    if (message.type() === 'error') troubles.push(`${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => troubles.push(String(error.error())));
  context.on('request', (request) => origins.add(new URL(request.url()).origin));
  context.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? 'failed';
    // What the page gives up itself, because the answer would come too late, is no trouble.
    if (reason !== 'net::ERR_ABORTED') troubles.push(`${request.method()} ${request.url()}: ${reason}`);
  });
  context.on('page', (page) => page.on('websocket', (socket) => origins.add(new URL(socket.url()).origin)));
  return { troubles, origins };
}

/**
 * The tab asked nobody but the service that its page came from, and nothing went wrong in it but what is expected:
 * a browser tells every refusal on the console, as in `400 (Bad Request)`.
 */
export function expectPeace({ page, troubles, origins }: Tab, ...expected: string[]): void {
  expect(troubles).toEqual(expected.map((text) => expect.stringContaining(text)));
  expect([...origins]).toEqual([new URL(page.url()).origin]);
}

const cacheFolder = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url));
const unpackScript = `
  import chromium from '${import.meta.resolve('@sparticuz/chromium')}';
  await chromium.executablePath();
`;

/** Fonts of the machine, and those that came along, as without any no text has a size. */
const fontsConfig = `<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="relative">fonts-cache</cachedir>
</fontconfig>`;

/**
 * The Chromium from npm, with the libraries and fonts that a bare machine lacks. It is unpacked once, aside, and put in
 * place whole: of test files that begin together, none finds half of it.
 */
async function packagedChromium(): Promise<LaunchOptions> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('the Chromium from npm is for Linux on x64: let CHROMIUM_PATH name an installed one');
  }
  const folder = join(cacheFolder, `chromium-${packageJson.devDependencies['@sparticuz/chromium']}`);
  if (!existsSync(folder)) await unpackChromium(folder);
  return {
    executablePath: join(folder, 'chromium'),
    env: { ...process.env, LD_LIBRARY_PATH: join(folder, 'al2023/lib'), FONTCONFIG_FILE: join(folder, 'fonts.conf') },
  };
}

async function unpackChromium(folder: string): Promise<void> {
  await mkdir(cacheFolder, { recursive: true });
  await using cleaning = new AsyncDisposableStack();
  const aside = await mkdtemp(join(cacheFolder, 'chromium-unpacking-'));
  cleaning.defer(() => rm(aside, { recursive: true, force: true }));
  // In a process of its own: the package unpacks into the temporary folder of its process, and brings its libraries
  // along only where it believes itself on Lambda.
  const env = { ...process.env, TMPDIR: aside, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' };
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', unpackScript], { env });
  await writeFile(join(aside, 'fonts.conf'), fontsConfig);
  await rename(aside, folder).catch((reason: unknown) => {
    if (!existsSync(folder)) throw reason;
  });
}
