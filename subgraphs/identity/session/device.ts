import Bowser from 'bowser';
import { enumeration } from '../../../platform/declare/enumeration.ts';
import { valueType } from '../../../platform/declare/value-type.ts';

export const DeviceKind = enumeration('DeviceKind', 'Type of device, read from its user agent.', {
  DESKTOP: 'A computer.',
  MOBILE: 'A mobile phone.',
  TABLET: 'A tablet.',
  TV: 'A television.',
  BOT: 'A program that identifies itself as a bot.',
});

export const SessionDevice = valueType(
  'SessionDevice',
  'The device of a session, read from its user agent. Only a hint, because clients can send any user agent.',
  (f) => ({
    name: f.text('Summary in one line: "Firefox on Linux", or "An unknown program".'),
    kind: f.enum(DeviceKind, 'Type of device. Null if unknown.').nullable(),
    browser: f.text('Name of the browser. Null if unknown.').nullable(),
    browserVersion: f.text('Version of the browser. Null if unknown.').nullable(),
    operatingSystem: f.text('Name of the operating system. Null if unknown.').nullable(),
  }),
);

type Device = (typeof SessionDevice)['value'];

/** Reads a user agent; unknown parts are null, and an absent or unknown one is "An unknown program". */
export function deviceOf(userAgent: string | null): Device {
  const { browser, os, platform } = Bowser.parse(userAgent?.trim() || '-');
  const kind = platform.type?.toUpperCase();
  const [program, system] = [browser.name || null, os.name || null];
  const name = program && system ? `${program} on ${system}` : (program ?? (system && `A program on ${system}`));
  return {
    name: name ?? 'An unknown program',
    kind: DeviceKind.values.find((each) => each === kind) ?? null,
    browser: program,
    browserVersion: browser.version || null,
    operatingSystem: system,
  };
}
