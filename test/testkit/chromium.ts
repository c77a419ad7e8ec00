import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium } from 'playwright-core';
import { chromiumMissing, findChromium } from './chromium-path.ts';
import { childEnvironment, isRoot } from './config.ts';
import { atEnd } from './ending.ts';
import { removeAbandoned, removeFolder, throwawayFolder } from './throwaway.ts';

/** A browser with a new, empty profile. */
export interface TestBrowser {
  readonly context: BrowserContext;
  readonly browser: Browser | null;
  /** Closes the browser and deletes its profile. */
  stop(): Promise<void>;
}

/** Chromium starts in about a second; a slow machine under load gets this long. */
const startLimitMs = 45_000;
/** One step of a page may not take longer than a whole test. */
const stepLimitMs = 15_000;

/**
 * Starts the installed Chromium, headless and without network traffic of its own: no updates, no sync, no first run, no QUIC (whose
 * packets bypass a test's proxies and counters).
 */
export async function startChromium(): Promise<TestBrowser | { missing: string }> {
  const path = findChromium();
  if (path === null) return { missing: chromiumMissing() ?? 'no Chromium' };
  // The browser of a killed process ends when its pipe closes, but its profile remains.
  removeAbandoned('chromium', () => undefined);
  const folder = throwawayFolder('chromium');
  const takeBack = atEnd(() => {
    removeFolder(folder);
  });
  const discard = (): void => {
    takeBack();
    removeFolder(folder);
  };
  try {
    const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
      executablePath: path,
      headless: true,
      timeout: startLimitMs,
      env: { ...childEnvironment(), HOME: folder },
      args: [
        '--headless',
        ...(isRoot() ? ['--no-sandbox'] : []),
        '--disable-gpu',
        '--disable-quic',
        '--disable-dev-shm-usage',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
      chromiumSandbox: !isRoot(),
    });
    context.setDefaultTimeout(stepLimitMs);
    return {
      context,
      browser: context.browser(),
      stop: async () => {
        await context.close();
        discard();
      },
    };
  } catch (error) {
    discard();
    throw error;
  }
}
