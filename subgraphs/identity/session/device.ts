import Bowser from 'bowser';

export const deviceKinds = ['DESKTOP', 'MOBILE', 'TABLET', 'TV', 'BOT'] as const;
export type DeviceKind = (typeof deviceKinds)[number];

/** What a user agent says of itself. */
export interface Device {
  name: string;
  kind: DeviceKind | null;
  browser: string | null;
  browserVersion: string | null;
  operatingSystem: string | null;
}

/** Reads a user agent; what it does not say is null, and one that is absent or unknown is "An unknown program". */
export function deviceOf(userAgent: string | null): Device {
  const { browser, os, platform } = Bowser.parse(userAgent?.trim() || '-');
  const kind = platform.type?.toUpperCase();
  const [program, system] = [browser.name || null, os.name || null];
  const name = program && system ? `${program} on ${system}` : (program ?? (system && `A program on ${system}`));
  return {
    name: name ?? 'An unknown program',
    kind: deviceKinds.find((each) => each === kind) ?? null,
    browser: program,
    browserVersion: browser.version || null,
    operatingSystem: system,
  };
}
