import { testConfig } from './config.ts';
import { findExecutable, isExecutable } from './executables.ts';

/** The installed Chromium: CHROMIUM_PATH, else the first on the PATH. */
export function findChromium(): string | null {
  const { chromiumPath } = testConfig();
  if (chromiumPath !== null) return isExecutable(chromiumPath) ? chromiumPath : null;
  return findExecutable('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable');
}

/** Why `startChromium` cannot start one, or `null`. */
export function chromiumMissing(): string | null {
  if (findChromium() !== null) return null;
  const { chromiumPath } = testConfig();
  if (chromiumPath !== null) return `no Chromium: CHROMIUM_PATH=${chromiumPath} is not an executable`;
  return 'no Chromium: install chromium or set CHROMIUM_PATH';
}
