// Runs Chromium for browser tests. Each tab records its errors and the origins that it requests. The browser resolves
// loopback addresses only.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type BrowserContext, chromium, type LaunchOptions, type Page } from 'playwright-core';
import { aroundAll, expect } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { cacheFolder } from '../folder.ts';

type Browser = AsyncDisposable & {
  /** Opens a URL in a tab with a separate browser context. @default viewport 1280 × 800 */
  open(url: string, viewport?: Viewport): Promise<Tab>;
};

/** A browser tab. Locators time out after 30 s. */
export type Tab = AsyncDisposable & {
  readonly page: Page;
  /** Console errors, uncaught errors, and requests that failed without a response. */
  readonly errors: readonly string[];
  /** The origins of all requests and WebSocket connections. */
  readonly origins: ReadonlySet<string>;
  /** Clicks the button with exactly this accessible name. */
  press(name: string): Promise<void>;
  /** Fills in text fields, by their accessible name. */
  fill(values: Record<string, string>): Promise<void>;
  /** Delays all requests whose URL matches, until the returned function is called. */
  holdRequests(url: RegExp): Promise<() => void>;
};

type Viewport = { width: number; height: number };

const desktop: Viewport = { width: 1280, height: 800 };
const timeoutMs = 30_000;

const launchArguments = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.*',
];

/** Launches a browser before the first test of a file and closes it after the last one. Call it once in the file. */
export function setUpBrowser(): Pick<Browser, 'open'> {
  let browser: Browser;
  aroundAll(async (runTests) => {
    await using launched = await launchBrowser();
    browser = launched;
    await runTests();
  });
  return { open: (url, viewport) => browser.open(url, viewport) };
}

/** Launches the Chromium at `CHROMIUM_PATH`, or by default the one from npm. */
async function launchBrowser(): Promise<Browser> {
  const installedPath = process.env.CHROMIUM_PATH;
  const executable = installedPath ? { executablePath: installedPath } : await preparePackagedChromium();
  // The sandbox does not work for root. It is not needed, because the tests open their own pages only.
  const browser = await chromium.launch({ ...executable, args: launchArguments, chromiumSandbox: false });
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
  const recording = recordErrorsAndOrigins(context);
  const page = await context.newPage();
  await page.goto(url);
  const opened = opening.move();
  return {
    page,
    ...recording,
    press: (name) => page.getByRole('button', { name, exact: true }).click(),
    fill: async (values) => {
      for (const [name, value] of Object.entries(values)) {
        await page.getByRole('textbox', { name, exact: true }).fill(value);
      }
    },
    holdRequests: async (url) => {
      const release = Promise.withResolvers<void>();
      await page.route(url, (route) => release.promise.then(() => route.continue()));
      return release.resolve;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

function recordErrorsAndOrigins(context: BrowserContext): Pick<Tab, 'errors' | 'origins'> {
  const errors: string[] = [];
  const origins = new Set<string>();
  context.on('console', (message) => {
    if (message.type() === 'error') errors.push(`${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => errors.push(String(error.error())));
  context.on('request', (request) => origins.add(new URL(request.url()).origin));
  context.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? 'failed';
    // A request that the page itself aborts is not an error.
    if (reason !== 'net::ERR_ABORTED') errors.push(`${request.method()} ${request.url()}: ${reason}`);
  });
  context.on('page', (page) => page.on('websocket', (socket) => origins.add(new URL(socket.url()).origin)));
  return { errors, origins };
}

/**
 * Expects that a tab sent requests only to the origin of its page, and that it has exactly the expected errors. Each
 * expected error is a part of the text: Chromium logs error responses to the console, as in `400 (Bad Request)`.
 */
export function expectCleanPage({ page, errors, origins }: Tab, ...expected: string[]): void {
  expect(errors).toEqual(expected.map((text) => expect.stringContaining(text)));
  expect([...origins]).toEqual([new URL(page.url()).origin]);
}

const unpackScript = `
  import chromium from '${import.meta.resolve('@sparticuz/chromium')}';
  await chromium.executablePath();
`;

/** Adds the packaged fonts to those of the machine, because text has no size without fonts. */
const fontsConfig = `<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="relative">fonts-cache</cachedir>
</fontconfig>`;

/**
 * Unpacks the Chromium from npm on first use, with libraries and fonts that the machine may not have. It is unpacked
 * into a temporary folder that is then renamed, so that concurrent test files never use an incomplete copy.
 */
async function preparePackagedChromium(): Promise<LaunchOptions> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('the Chromium from npm requires Linux on x64: set CHROMIUM_PATH to an installed Chromium');
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
  await using cleanup = new AsyncDisposableStack();
  const temporary = await mkdtemp(join(cacheFolder, 'chromium-unpacking-'));
  cleanup.defer(() => rm(temporary, { recursive: true, force: true }));
  // A separate process is needed: the package unpacks into the TMPDIR of its process, and it unpacks the libraries only
  // if the environment looks like AWS Lambda.
  const env = { ...process.env, TMPDIR: temporary, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' };
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', unpackScript], { env });
  await writeFile(join(temporary, 'fonts.conf'), fontsConfig);
  await rename(temporary, folder).catch((reason: unknown) => {
    if (!existsSync(folder)) throw reason;
  });
}
